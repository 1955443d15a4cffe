package xf.event;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The keys of this device. Made on first start, kept in files that only their owner may read, never
 * copied and never logged.
 */
@ProviderType
public interface Keyring {
  /** Longest label of a derived author, in bytes of UTF-8. */
  int MAX_LABEL_BYTES = 255;

  /**
   * Refuses what cannot be a label: nothing, more than {@link #MAX_LABEL_BYTES}, control
   * characters.
   */
  static void checkLabel(String label) {
    int length = label.getBytes(StandardCharsets.UTF_8).length;
    if (length == 0 || length > MAX_LABEL_BYTES) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION,
          "author label of " + length + " bytes: expected 1 to " + MAX_LABEL_BYTES);
    }
    if (label.chars().anyMatch(Character::isISOControl)) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION, "author label: control characters are not allowed");
    }
  }

  /** The device's own key: author of what is published here, and its peer identity. */
  Signer device();

  /** The group that a fresh node has of its own. */
  GroupId homeGroup();

  /** The secrets of all groups this device is in, its own {@linkplain #homeGroup home} first. */
  List<GroupSecret> groups();

  /** Whether this device is in a group: whether its secret is here. */
  default boolean isIn(GroupId group) {
    return groups().stream().anyMatch(secret -> secret.id().equals(group));
  }

  /** Keeps a group's secret; it is durable before this returns. Keeping it twice is allowed. */
  void keep(GroupSecret group);

  /**
   * Deletes a group's secret; there is no way back without an invitation. An unknown group is
   * passed over.
   *
   * @throws XfException {@code BAD_CONFIGURATION} for the home group, which cannot be left
   */
  void forget(GroupId group);

  /**
   * The author for whom somebody else's history is imported under {@code label}: derived from the
   * device key, the same each time, remembered durably before this returns.
   */
  default Signer derive(String label) {
    return derive(List.of(label)).get(0);
  }

  /** The same for several labels, in their order, made durable together. */
  List<Signer> derive(List<String> labels);

  /** The signer of an author whose key is held here. */
  Optional<Signer> find(AuthorKey author);

  /** Under which label an author's key was derived; empty for others. */
  Optional<String> label(AuthorKey author);
}
