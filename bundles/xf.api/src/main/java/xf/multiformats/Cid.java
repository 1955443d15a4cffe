package xf.multiformats;

import java.nio.ByteBuffer;
import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * A content identifier: what kind of content, and its hash (multiformats CID).
 *
 * @param version 0 or 1; version 0 is a bare SHA-256 of codec {@link #DAG_PB}
 * @param codec the content's code in the multicodec table
 * @param hash the content's hash
 */
public record Cid(int version, int codec, Multihash hash) {
  /** Codec of raw bytes. */
  public static final int RAW = 0x55;

  /** Codec of IPFS's protobuf nodes: the only one of version 0. */
  public static final int DAG_PB = 0x70;

  /** Codec of a libp2p public key: what a peer id names. */
  public static final int LIBP2P_KEY = 0x72;

  private static final int V0_TEXT_CHARS = 46;
  private static final String V0_PREFIX = "Qm";

  /** Checks that a version 0 is of the one form it can have. */
  public Cid {
    if (version != 0 && version != 1) {
      throw new IllegalArgumentException("CID: expected version 0 or 1, got " + version);
    }
    if (version == 0 && (codec != DAG_PB || hash.code() != Multihash.SHA2_256)) {
      throw new IllegalArgumentException("CID version 0 is a SHA-256 of codec dag-pb only");
    }
  }

  /** Version 1 of a content. */
  public static Cid v1(int codec, Multihash hash) {
    return new Cid(1, codec, hash);
  }

  /**
   * Reads the text of version 0 ({@code Qm...}) or 1 (with multibase prefix).
   *
   * @throws XfException when it is neither
   */
  public static Cid parse(String text) {
    if (text.length() == V0_TEXT_CHARS && text.startsWith(V0_PREFIX)) {
      return v0(Multibase.BASE58BTC.decode(text));
    }
    byte[] bytes = Multibase.decodePrefixed(text);
    if (bytes.length > 0 && bytes[0] == Multihash.SHA2_256) {
      throw new XfException(ErrorCode.BAD_FORMAT, "CID: version 0 has no multibase prefix");
    }
    return decode(bytes);
  }

  /** Reads the bytes of version 0 or 1; they must be all of {@code bytes}. */
  public static Cid decode(byte[] bytes) {
    if (bytes.length == 34 && bytes[0] == Multihash.SHA2_256 && bytes[1] == 32) {
      return v0(bytes);
    }
    ByteBuffer src = ByteBuffer.wrap(bytes);
    int version = Varint.getBounded(src, Integer.MAX_VALUE, "CID version");
    if (version != 1) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "CID: version " + version + " is not known, expected 0 or 1");
    }
    int codec = Varint.getBounded(src, Integer.MAX_VALUE, "CID codec");
    Multihash hash = Multihash.decode(src);
    if (src.hasRemaining()) {
      throw new XfException(
          ErrorCode.BAD_FORMAT, "CID: " + src.remaining() + " bytes left over at its end");
    }
    return new Cid(1, codec, hash);
  }

  private static Cid v0(byte[] bytes) {
    Multihash hash = Multihash.decode(bytes);
    if (hash.code() != Multihash.SHA2_256) {
      throw new XfException(ErrorCode.BAD_FORMAT, "CID: version 0 is a SHA-256, this is not");
    }
    return new Cid(0, DAG_PB, hash);
  }

  /** The bytes. */
  public byte[] toByteArray() {
    byte[] hashBytes = hash.toByteArray();
    if (version == 0) {
      return hashBytes;
    }
    ByteBuffer dst =
        ByteBuffer.allocate(
            Varint.lengthBytes(version) + Varint.lengthBytes(codec) + hashBytes.length);
    Varint.put(dst, version);
    Varint.put(dst, codec);
    dst.put(hashBytes);
    return dst.array();
  }

  /** The text in a base; version 0 is always bare base58. */
  public String toText(Multibase base) {
    return version == 0
        ? Multibase.BASE58BTC.encode(toByteArray())
        : base.encodePrefixed(toByteArray());
  }

  /** Base 32, or the bare base 58 of version 0. */
  @Override
  public String toString() {
    return toText(Multibase.BASE32);
  }
}
