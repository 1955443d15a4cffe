package xf.libp2p.crypto;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import xf.event.AuthorKey;
import xf.gossip.net.PeerId;
import xf.libp2p.wire.ProtoReader;
import xf.libp2p.wire.ProtoWriter;
import xf.libp2p.wire.WireException;

/**
 * A peer's public key, of any of the four types of libp2p, known to be a valid one. Immutable.
 *
 * <p>The encoding is the protobuf of the peer-id specification, which must be deterministic: both
 * fields, in order, and nothing else.
 */
public final class PublicKey {
  /** The longest encoding accepted: an RSA key of 8,192 bits is about 1,060 bytes. */
  public static final int MAX_ENCODED_BYTES = 2048;

  /** The types, with their numbers in libp2p's {@code KeyType}. */
  public enum Type {
    /** 2048 to 8192 bits; PKCS #1 v1.5 signatures with SHA-256; the key is a PKIX structure. */
    RSA(0),
    /** RFC 8032; the key is its 32 bytes. */
    ED25519(1),
    /** ECDSA over secp256k1 with SHA-256, DER; the key is its compressed point. */
    SECP256K1(2),
    /** ECDSA over a NIST curve with SHA-256, DER; the key is a PKIX structure. */
    ECDSA(3);

    private final int number;

    Type(int number) {
      this.number = number;
    }

    /** The number. */
    int number() {
      return number;
    }

    static Type ofNumber(long number) {
      for (Type type : values()) {
        if (type.number == number) {
          return type;
        }
      }
      throw WireException.badFormat(
          "libp2p key: type " + Long.toUnsignedString(number) + " is unknown, expected 0 to 3");
    }
  }

  private static final int TYPE_FIELD = 1;
  private static final int DATA_FIELD = 2;

  private final Type type;
  private final byte[] encoded;
  private final SignatureVerifier verifier;

  private PublicKey(Type type, byte[] data) {
    this.type = type;
    this.encoded =
        new ProtoWriter().uint(TYPE_FIELD, type.number).bytes(DATA_FIELD, data).toByteArray();
    this.verifier = SignatureVerifier.of(type, data);
  }

  /**
   * A key of the given type.
   *
   * @throws WireException when {@code data} is not one
   */
  public static PublicKey of(Type type, byte[] data) {
    if (data.length > MAX_ENCODED_BYTES) {
      throw WireException.tooLarge("bytes of a libp2p key", data.length, MAX_ENCODED_BYTES);
    }
    return new PublicKey(type, data.clone());
  }

  /** The key of an author, or of this host. */
  public static PublicKey of(AuthorKey key) {
    return new PublicKey(Type.ED25519, key.toByteArray());
  }

  /**
   * Reads the protobuf form.
   *
   * @throws WireException when it is not deterministic or not a valid key
   */
  public static PublicKey decode(byte[] encoded) {
    if (encoded.length > MAX_ENCODED_BYTES) {
      throw WireException.tooLarge("bytes of a libp2p key", encoded.length, MAX_ENCODED_BYTES);
    }
    Type type = null;
    byte[] data = null;
    ProtoReader reader = new ProtoReader(encoded, "libp2p key");
    while (reader.next()) {
      switch (reader.field()) {
        case TYPE_FIELD -> type = Type.ofNumber(reader.uint());
        case DATA_FIELD -> data = reader.bytes();
        default ->
            throw WireException.badFormat("libp2p key: field " + reader.field() + " is unknown");
      }
    }
    if (type == null || data == null) {
      throw WireException.badFormat("libp2p key: its type or its data is missing");
    }
    PublicKey key = new PublicKey(type, data);
    if (!Arrays.equals(key.encoded, encoded)) {
      throw WireException.badFormat("libp2p key: not in its deterministic encoding");
    }
    return key;
  }

  /** The kind of key. */
  public Type type() {
    return type;
  }

  /** A copy of the protobuf form. */
  public byte[] encoded() {
    return encoded.clone();
  }

  /** Whether {@code signature} is this key's over {@code message}; false for any malformed one. */
  public boolean verify(byte[] message, byte[] signature) {
    return verifier.verify(message, signature);
  }

  /** The peer that has this key. */
  public PeerId peerId() {
    return PeerId.ofPublicKey(encoded);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PublicKey that && Arrays.equals(encoded, that.encoded);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(encoded);
  }

  @Override
  public String toString() {
    return type + ":" + HexFormat.of().formatHex(encoded, 0, Math.min(encoded.length, 12));
  }
}
