package xf.gossip.net;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.XfException;
import xf.multiformats.Cid;
import xf.multiformats.Multibase;
import xf.multiformats.Multihash;

/**
 * A peer's name: the multihash of its public key (libp2p peer-ids specification).
 *
 * <p>A key that takes at most 42 bytes, as every Ed25519 key does, is inside its name; of others
 * the name is the SHA-256. Immutable; equality is by bytes, order is by unsigned bytes.
 */
public final class PeerId implements Comparable<PeerId> {
  /** A public key whose encoding is longer than this is named by its hash. */
  public static final int MAX_INLINE_KEY_BYTES = 42;

  /** The longest text of a peer id, in characters. */
  public static final int MAX_TEXT_CHARS = 128;

  /** Protobuf {@code PublicKey { Type = Ed25519(1); Data = 32 bytes }}, up to the key itself. */
  private static final byte[] ED25519_HEADER = {0x08, 0x01, 0x12, 0x20};

  private static final int SHORT_CHARS = 6;

  private final byte[] multihash;
  private final String text;

  /** Sessions are looked up by it for every frame. */
  private final int hash;

  private PeerId(Multihash hash) {
    this.multihash = hash.toByteArray();
    this.text = Multibase.BASE58BTC.encode(multihash);
    this.hash = Arrays.hashCode(multihash);
  }

  /** The peer that has this Ed25519 key. */
  public static PeerId of(AuthorKey key) {
    byte[] encoded = Arrays.copyOf(ED25519_HEADER, ED25519_HEADER.length + AuthorKey.LENGTH_BYTES);
    key.copyTo(encoded, ED25519_HEADER.length);
    return ofPublicKey(encoded);
  }

  /** The peer that has a key of any type, given as libp2p's {@code PublicKey} message. */
  public static PeerId ofPublicKey(byte[] encodedKey) {
    return new PeerId(
        encodedKey.length <= MAX_INLINE_KEY_BYTES
            ? Multihash.identity(encodedKey)
            : Multihash.sha256(encodedKey));
  }

  /**
   * Reads the bytes that {@link #toByteArray} gives.
   *
   * @throws XfException when they are not a multihash a key can have
   */
  public static PeerId ofMultihash(byte[] multihash) {
    return new PeerId(checked(Multihash.decode(multihash)));
  }

  /**
   * Reads a peer id's text: bare base 58 ({@code 12D3Koo...}, {@code Qm...}) or a CID of codec
   * libp2p-key in any base.
   *
   * @throws XfException when it is neither
   */
  public static PeerId parse(String text) {
    if (text.length() > MAX_TEXT_CHARS) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          "peer id: expected at most " + MAX_TEXT_CHARS + " characters, got " + text.length());
    }
    if (text.startsWith("1") || text.startsWith("Qm")) {
      return ofMultihash(Multibase.BASE58BTC.decode(text));
    }
    Cid cid = Cid.parse(text);
    if (cid.codec() != Cid.LIBP2P_KEY) {
      throw new XfException(
          ErrorCode.BAD_FORMAT,
          "peer id: expected a CID of codec libp2p-key (0x72), got 0x"
              + Integer.toHexString(cid.codec()));
    }
    return new PeerId(checked(cid.hash()));
  }

  private static Multihash checked(Multihash hash) {
    int length = hash.digest().length;
    boolean inline =
        hash.code() == Multihash.IDENTITY && length > 0 && length <= MAX_INLINE_KEY_BYTES;
    if (!inline && hash.code() != Multihash.SHA2_256) {
      throw new XfException(
          ErrorCode.BAD_FORMAT,
          "peer id: expected a SHA-256 or a key of at most "
              + MAX_INLINE_KEY_BYTES
              + " bytes, got hash function 0x"
              + Integer.toHexString(hash.code())
              + " with "
              + length
              + " bytes");
    }
    return hash;
  }

  /** The Ed25519 key inside the name; empty for keys of other types. */
  public Optional<AuthorKey> authorKey() {
    byte[] content = Multihash.decode(multihash).digest();
    boolean ed25519 =
        content.length == ED25519_HEADER.length + AuthorKey.LENGTH_BYTES
            && Arrays.equals(
                content, 0, ED25519_HEADER.length, ED25519_HEADER, 0, ED25519_HEADER.length);
    return ed25519
        ? Optional.of(
            AuthorKey.of(Arrays.copyOfRange(content, ED25519_HEADER.length, content.length)))
        : Optional.empty();
  }

  /** A fresh copy of the multihash. */
  public byte[] toByteArray() {
    return multihash.clone();
  }

  /** The text as a CID version 1 of codec libp2p-key, base 32. */
  public String toCidText() {
    return Cid.v1(Cid.LIBP2P_KEY, Multihash.decode(multihash)).toString();
  }

  /** The last six characters: enough to recognise, short enough to read. */
  public String toShortText() {
    return text.substring(Math.max(0, text.length() - SHORT_CHARS));
  }

  /** The text in base 58, as other libp2p software shows it. */
  @Override
  public String toString() {
    return text;
  }

  @Override
  public int compareTo(PeerId other) {
    return Arrays.compareUnsigned(multihash, other.multihash);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PeerId peer && Arrays.equals(peer.multihash, multihash);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
