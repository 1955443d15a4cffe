package xf.libp2p.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.NetworkIdentity;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.wire.ProtoReader;
import xf.libp2p.wire.ProtoWriter;
import xf.libp2p.wire.WireException;
import xf.multiformats.Varint;

/**
 * Bytes with the signature of who says so (libp2p RFC 0002). The signature covers domain, payload
 * type and payload, each with its length in front; the domain itself is not sent.
 */
public final class SignedEnvelope {
  /** The longest envelope accepted, in bytes. */
  public static final int MAX_BYTES = 16 << 10;

  private static final int KEY_FIELD = 1;
  private static final int TYPE_FIELD = 2;
  private static final int PAYLOAD_FIELD = 3;
  private static final int SIGNATURE_FIELD = 5;

  private final PublicKey signer;
  private final byte[] payload;

  private SignedEnvelope(PublicKey signer, byte[] payload) {
    this.signer = signer;
    this.payload = payload;
  }

  /** Signs a payload; the encoded envelope. */
  public static byte[] seal(
      NetworkIdentity identity, String domain, byte[] payloadType, byte[] payload) {
    return new ProtoWriter()
        .bytes(KEY_FIELD, PublicKey.of(identity.publicKey()).encoded())
        .bytes(TYPE_FIELD, payloadType)
        .bytes(PAYLOAD_FIELD, payload)
        .bytes(SIGNATURE_FIELD, identity.sign(signedBytes(domain, payloadType, payload)))
        .toByteArray();
  }

  /**
   * Opens an envelope.
   *
   * @throws WireException when it is malformed, of another type, or the signature does not verify
   */
  public static SignedEnvelope open(byte[] encoded, String domain, byte[] payloadType) {
    if (encoded.length > MAX_BYTES) {
      throw WireException.tooLarge("signed envelope, bytes", encoded.length, MAX_BYTES);
    }
    PublicKey signer = null;
    byte[] type = new byte[0];
    byte[] payload = new byte[0];
    byte[] signature = new byte[0];
    ProtoReader reader = new ProtoReader(encoded, "signed envelope");
    while (reader.next()) {
      switch (reader.field()) {
        case KEY_FIELD -> signer = PublicKey.decode(reader.bytes());
        case TYPE_FIELD -> type = reader.bytes();
        case PAYLOAD_FIELD -> payload = reader.bytes();
        case SIGNATURE_FIELD -> signature = reader.bytes();
        default -> reader.skip();
      }
    }
    return verified(signer, domain, payloadType, type, payload, signature);
  }

  private static SignedEnvelope verified(
      @Nullable PublicKey signer,
      String domain,
      byte[] expectedType,
      byte[] type,
      byte[] payload,
      byte[] signature) {
    if (signer == null) {
      throw WireException.badFormat("signed envelope: the public key is missing");
    }
    if (!Arrays.equals(type, expectedType)) {
      throw WireException.badFormat("signed envelope: the payload is of another type");
    }
    if (!signer.verify(signedBytes(domain, type, payload), signature)) {
      throw WireException.notVerified("signed envelope: the signature does not verify");
    }
    return new SignedEnvelope(signer, payload);
  }

  private static byte[] signedBytes(String domain, byte[] payloadType, byte[] payload) {
    byte[][] pieces = {domain.getBytes(StandardCharsets.UTF_8), payloadType, payload};
    int length = 0;
    for (byte[] piece : pieces) {
      length += Varint.lengthBytes(piece.length) + piece.length;
    }
    ByteBuffer dst = ByteBuffer.allocate(length);
    for (byte[] piece : pieces) {
      Varint.put(dst, piece.length);
      dst.put(piece);
    }
    return dst.array();
  }

  /** Whose signature it is. */
  public PublicKey signer() {
    return signer;
  }

  /** A fresh copy of what was signed. */
  public byte[] payload() {
    return payload.clone();
  }
}
