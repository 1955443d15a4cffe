package xf.gossip.net;

import java.nio.charset.StandardCharsets;
import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * The name of a protocol, as negotiated: {@code /xf/sync/1}.
 *
 * @param name begins with a slash; printable, no newline; at most {@link #MAX_BYTES} of UTF-8
 */
public record ProtocolId(String name) implements Comparable<ProtocolId> {
  /** The longest name, in bytes of UTF-8. */
  public static final int MAX_BYTES = 255;

  /**
   * Checks the name.
   *
   * @throws XfException when it cannot be a protocol's
   */
  public ProtocolId {
    if (!name.startsWith("/") || name.length() < 2) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "protocol: expected a name such as /xf/sync/1, got '" + name + "'");
    }
    if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw new XfException(
          ErrorCode.TOO_LARGE, "protocol: the name is longer than " + MAX_BYTES + " bytes");
    }
    if (name.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "protocol: the name has a control character in it");
    }
  }

  @Override
  public int compareTo(ProtocolId other) {
    return name.compareTo(other.name);
  }

  /** The name. */
  @Override
  public String toString() {
    return name;
  }
}
