package xf.event;

import java.security.MessageDigest;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * What makes somebody a member of a group: thirty-two random bytes, handed over in an invitation
 * and never sent otherwise. All that the group is called or keyed by follows from it one-way
 * (HKDF-SHA-256), each under a label of its own, so that what is shown in one place tells nothing
 * about another.
 *
 * <p>Immutable. {@link #toString()} names the group and never the secret.
 */
public final class GroupSecret {
  /** Length of the secret. */
  public static final int LENGTH_BYTES = 32;

  private static final String ID_LABEL = "xf/group/id/v1";
  private static final String DISCOVERY_LABEL = "xf/group/discovery/v1";
  private static final String MEMBERSHIP_LABEL = "xf/group/membership/v1";
  private static final String PAYLOAD_LABEL = "xf/group/payload/v1";

  private final byte[] secret;
  private final GroupId id;

  private GroupSecret(byte[] secret) {
    if (secret.length != LENGTH_BYTES) {
      throw new IllegalArgumentException(
          "group secret: expected " + LENGTH_BYTES + " bytes, got " + secret.length);
    }
    this.secret = secret.clone();
    this.id = GroupId.of(Hkdf.derive(secret, ID_LABEL));
  }

  /** Takes a copy of exactly 32 bytes. */
  public static GroupSecret of(byte[] secret) {
    return new GroupSecret(secret);
  }

  /** The secret of a new group. */
  public static GroupSecret random(SecureRandom random) {
    byte[] secret = new byte[LENGTH_BYTES];
    random.nextBytes(secret);
    return new GroupSecret(secret);
  }

  /** What names the group inside its own logs. */
  public GroupId id() {
    return id;
  }

  /** What stands for the group where others can see it: DHT, mDNS, gossip topics. */
  public byte[] discoveryTag() {
    return Hkdf.derive(secret, DISCOVERY_LABEL);
  }

  /** The key by which members prove to one another that they are. */
  public byte[] membershipKey() {
    return Hkdf.derive(secret, MEMBERSHIP_LABEL);
  }

  /** The key that payloads are encrypted with. */
  public byte[] payloadKey() {
    return Hkdf.derive(secret, PAYLOAD_LABEL);
  }

  /** A copy of the secret itself: for an invitation or the keyring's file, nothing else. */
  public byte[] toByteArray() {
    return secret.clone();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof GroupSecret group && MessageDigest.isEqual(group.secret, secret);
  }

  @Override
  public int hashCode() {
    return id.hashCode();
  }

  @Override
  public String toString() {
    return "secret of group " + id;
  }
}
