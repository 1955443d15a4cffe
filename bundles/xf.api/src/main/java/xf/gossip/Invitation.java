package xf.gossip;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import xf.event.ErrorCode;
import xf.event.GroupSecret;
import xf.event.Sha256;
import xf.event.XfException;
import xf.gossip.net.Multiaddr;
import xf.multiformats.Varint;

/**
 * What lets somebody into a group: one line of text that holds the group's secret, its name and
 * where its members may be found. Whoever has it is in; it is to be handed over like a key.
 *
 * <pre>
 *   xfgroup1: base64url of
 *     secret 32 | length, name in UTF-8 | count of addresses | length, address text ... | check 4
 * </pre>
 *
 * Lengths and counts are varints. The check is the first four bytes of the SHA-256 of all that is
 * before it: a slip of the pen never makes another group.
 *
 * @param secret makes its holder a member
 * @param name what the group is called by who invites; at most {@link #MAX_NAME_BYTES} of UTF-8
 * @param addresses of members, each ending in {@code /p2p/...}; at most {@link #MAX_ADDRESSES}
 */
public record Invitation(GroupSecret secret, String name, List<Multiaddr> addresses) {
  /** Longest name of a group, in bytes of UTF-8. */
  public static final int MAX_NAME_BYTES = 64;

  /** Most addresses in one invitation. */
  public static final int MAX_ADDRESSES = 8;

  /** Longest text, in characters. */
  public static final int MAX_CHARS = 4096;

  private static final String PREFIX = "xfgroup1:";
  private static final int MAX_ADDRESS_BYTES = 255;
  private static final int CHECK_BYTES = 4;

  /** Checks name and addresses. */
  public Invitation {
    checkName(name);
    addresses = List.copyOf(addresses);
    if (addresses.size() > MAX_ADDRESSES) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          "invitation with " + addresses.size() + " addresses: at most " + MAX_ADDRESSES);
    }
  }

  /**
   * Refuses what cannot be a group's name.
   *
   * @throws XfException saying why not
   */
  public static void checkName(String name) {
    int length = name.getBytes(StandardCharsets.UTF_8).length;
    boolean printable = name.codePoints().noneMatch(Character::isISOControl);
    if (length == 0 || length > MAX_NAME_BYTES || !printable || !name.equals(name.strip())) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION,
          "group name: expected 1 to "
              + MAX_NAME_BYTES
              + " bytes without control characters or spaces at its ends, got "
              + length);
    }
  }

  /** The line to hand over. */
  public String toText() {
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(MAX_CHARS);
    out.put(secret.toByteArray());
    Varint.put(out, nameBytes.length);
    out.put(nameBytes);
    Varint.put(out, addresses.size());
    for (Multiaddr address : addresses) {
      byte[] text = address.toString().getBytes(StandardCharsets.UTF_8);
      Varint.put(out, text.length);
      out.put(text);
    }
    out.put(check(out.array(), out.position()));
    byte[] all = Arrays.copyOf(out.array(), out.position());
    return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(all);
  }

  private static byte[] check(byte[] bytes, int length) {
    MessageDigest digest = Sha256.newDigest();
    digest.update(bytes, 0, length);
    return Arrays.copyOf(digest.digest(), CHECK_BYTES);
  }

  /**
   * Reads the text; space around it is ignored.
   *
   * @throws XfException saying what is wrong with it, never what it says
   */
  public static Invitation parse(String text) {
    String line = text.strip();
    if (line.length() > MAX_CHARS || !line.startsWith(PREFIX)) {
      throw bad("expected a line that begins with " + PREFIX);
    }
    ByteBuffer in = ByteBuffer.wrap(decode(line.substring(PREFIX.length())));
    int end = in.capacity() - CHECK_BYTES;
    if (end < GroupSecret.LENGTH_BYTES) {
      throw bad("it is cut short");
    }
    byte[] check = Arrays.copyOfRange(in.array(), end, in.capacity());
    if (!MessageDigest.isEqual(check, check(in.array(), end))) {
      throw bad("its check does not fit: a character is missing or wrong");
    }
    byte[] secret = new byte[GroupSecret.LENGTH_BYTES];
    in.limit(end).get(secret);
    String name = text(in, MAX_NAME_BYTES);
    int count = Varint.getBounded(in, MAX_ADDRESSES, "invitation: addresses");
    List<Multiaddr> addresses = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      addresses.add(Multiaddr.parse(text(in, MAX_ADDRESS_BYTES)));
    }
    if (in.hasRemaining()) {
      throw bad(in.remaining() + " bytes are left over");
    }
    Invitation invitation = new Invitation(GroupSecret.of(secret), name, addresses);
    if (!invitation.toText().equals(line)) {
      throw bad("it is not written as this device would write it");
    }
    return invitation;
  }

  private static byte[] decode(String base64) {
    try {
      return Base64.getUrlDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "invitation: it has a character that is not base64url", e);
    }
  }

  private static String text(ByteBuffer in, int maxBytes) {
    int length = Varint.getBounded(in, maxBytes, "invitation: length");
    if (length > in.remaining()) {
      throw bad("it is cut short");
    }
    byte[] bytes = new byte[length];
    in.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static XfException bad(String what) {
    return new XfException(ErrorCode.BAD_FORMAT, "invitation: " + what);
  }

  /** Says which group it is for; the secret is left out. */
  @Override
  public String toString() {
    return "invitation to " + name + " (" + secret.id() + ")";
  }
}
