package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.GroupId;
import xf.event.Signer;
import xf.event.XfException;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.multiformats.Varint;

/**
 * A member's own word on where it is, which other members pass on. It is signed for one group with
 * the key that is the member's peer id: nobody can move a member elsewhere, and a record says
 * nothing in another group. Of two the one with the larger sequence number holds.
 *
 * <pre>
 *   signature 64 | key 32 | sequence u64 | count | length, address text ...
 * </pre>
 *
 * Little-endian; count and lengths are varints. The signature covers {@code "xf/member/v1\0"}, the
 * group's id and all that is behind the signature.
 */
final class MemberRecord {
  static final int MAX_BYTES =
      Checkpoint.SIGNATURE_BYTES
          + AuthorKey.LENGTH_BYTES
          + Long.BYTES
          + 1
          + SyncCodec.MAX_ADDRESSES * (2 + SyncCodec.MAX_ADDRESS_BYTES);

  private static final byte[] LABEL = "xf/member/v1\0".getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_OFFSET = Checkpoint.SIGNATURE_BYTES;
  private static final int SEQUENCE_OFFSET = KEY_OFFSET + AuthorKey.LENGTH_BYTES;
  private static final int ADDRESSES_OFFSET = SEQUENCE_OFFSET + Long.BYTES;

  private final AuthorKey key;
  private final long sequence;
  private final List<Multiaddr> addresses;
  private final byte[] bytes;

  private MemberRecord(AuthorKey key, long sequence, List<Multiaddr> addresses, byte[] bytes) {
    this.key = key;
    this.sequence = sequence;
    this.addresses = List.copyOf(addresses);
    this.bytes = bytes;
  }

  /** Our own; addresses beyond the first few, and those that are too long, are left out. */
  static MemberRecord sign(
      Signer device, GroupId group, long sequence, List<Multiaddr> whereWeAre) {
    List<Multiaddr> kept =
        whereWeAre.stream()
            .filter(address -> text(address).length <= SyncCodec.MAX_ADDRESS_BYTES)
            .limit(SyncCodec.MAX_ADDRESSES)
            .toList();
    ByteBuffer out = ByteBuffer.allocate(MAX_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.position(KEY_OFFSET);
    device.author().putTo(out);
    out.putLong(sequence);
    Varint.put(out, kept.size());
    for (Multiaddr address : kept) {
      byte[] text = text(address);
      Varint.put(out, text.length);
      out.put(text);
    }
    byte[] bytes = Arrays.copyOf(out.array(), out.position());
    byte[] signature = device.sign(signed(group, bytes));
    System.arraycopy(signature, 0, bytes, 0, signature.length);
    return new MemberRecord(device.author(), sequence, kept, bytes);
  }

  private static byte[] text(Multiaddr address) {
    return address.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] signed(GroupId group, byte[] bytes) {
    ByteBuffer message =
        ByteBuffer.allocate(LABEL.length + GroupId.LENGTH_BYTES + bytes.length - KEY_OFFSET);
    message.put(LABEL);
    group.putTo(message);
    return message.put(bytes, KEY_OFFSET, bytes.length - KEY_OFFSET).array();
  }

  /**
   * Reads a record; whether it {@linkplain #isSignedFor is signed} is yet to be asked. Addresses of
   * forms that are not known here are left out.
   *
   * @throws XfException {@code BAD_FORMAT} or {@code TOO_LARGE}
   */
  static MemberRecord parse(byte[] bytes) {
    if (bytes.length <= ADDRESSES_OFFSET || bytes.length > MAX_BYTES) {
      throw new XfException(
          ErrorCode.BAD_FORMAT,
          "record of a member has "
              + bytes.length
              + " bytes: expected "
              + (ADDRESSES_OFFSET + 1)
              + " to "
              + MAX_BYTES);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long sequence = in.getLong(SEQUENCE_OFFSET);
    in.position(ADDRESSES_OFFSET);
    int count = Varint.getBounded(in, SyncCodec.MAX_ADDRESSES, "addresses of a member");
    List<String> texts = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int length = Varint.getBounded(in, SyncCodec.MAX_ADDRESS_BYTES, "address of a member");
      if (length > in.remaining()) {
        throw new XfException(ErrorCode.BAD_FORMAT, "record of a member is cut short");
      }
      texts.add(new String(bytes, in.position(), length, StandardCharsets.UTF_8));
      in.position(in.position() + length);
    }
    if (in.hasRemaining() || sequence < 0) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "record of a member has bytes left over or a negative sequence");
    }
    return new MemberRecord(
        AuthorKey.at(in, KEY_OFFSET), sequence, MemberTable.parse(texts), bytes);
  }

  boolean isSignedFor(GroupId group) {
    return key.verify(signed(group, bytes), Arrays.copyOf(bytes, KEY_OFFSET));
  }

  PeerId peer() {
    return PeerId.of(key);
  }

  long sequence() {
    return sequence;
  }

  List<Multiaddr> addresses() {
    return addresses;
  }

  /** As it is sent and stored; not to be changed. */
  byte[] bytes() {
    return bytes;
  }
}
