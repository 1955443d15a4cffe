package xf.libp2p.security;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import xf.gossip.net.NetworkIdentity;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.wire.ProtoReader;
import xf.libp2p.wire.ProtoWriter;
import xf.libp2p.wire.WireException;

/**
 * What a peer proved about itself inside the Noise handshake (protobuf NoiseHandshakePayload).
 *
 * @param identity its key, which has signed the Noise key of this very handshake
 * @param muxers the muxers it speaks, in its order; empty when it did not say
 */
record NoisePayload(PublicKey identity, List<String> muxers) {
  private static final int IDENTITY_KEY = 1;
  private static final int IDENTITY_SIGNATURE = 2;
  private static final int EXTENSIONS = 4;
  private static final int STREAM_MUXERS = 2;

  private static final int MAX_MUXERS = 16;
  private static final byte[] SIGNATURE_PREFIX =
      "noise-libp2p-static-key:".getBytes(StandardCharsets.US_ASCII);

  /** The signature that binds {@code staticKey} to our identity. */
  static byte[] sign(NetworkIdentity identity, byte[] staticKey) {
    return identity.sign(signedBytes(staticKey));
  }

  /** Our own payload with a signature that {@link #sign} made. */
  static byte[] encode(byte[] identityKey, byte[] signature, List<String> muxers) {
    ProtoWriter out =
        new ProtoWriter().bytes(IDENTITY_KEY, identityKey).bytes(IDENTITY_SIGNATURE, signature);
    if (!muxers.isEmpty()) {
      ProtoWriter extensions = new ProtoWriter();
      muxers.forEach(muxer -> extensions.string(STREAM_MUXERS, muxer));
      out.message(EXTENSIONS, extensions);
    }
    return out.toByteArray();
  }

  /**
   * Reads and verifies a peer's payload.
   *
   * @throws WireException when a field is missing or malformed, or the signature does not bind
   *     {@code remoteStaticKey} to the identity
   */
  static NoisePayload verify(byte[] encoded, byte[] remoteStaticKey) {
    byte[] identity = null;
    byte[] signature = null;
    List<String> muxers = new ArrayList<>();
    ProtoReader reader = new ProtoReader(encoded, "noise handshake payload");
    while (reader.next()) {
      switch (reader.field()) {
        case IDENTITY_KEY -> identity = reader.bytes();
        case IDENTITY_SIGNATURE -> signature = reader.bytes();
        case EXTENSIONS -> readExtensions(reader.message("noise extensions"), muxers);
        default -> reader.skip();
      }
    }
    if (identity == null || signature == null) {
      throw WireException.badFormat("noise handshake payload: identity or signature is missing");
    }
    PublicKey key = PublicKey.decode(identity);
    if (!key.verify(signedBytes(remoteStaticKey), signature)) {
      throw WireException.notVerified(
          "noise: the identity key did not sign the static key of this handshake");
    }
    return new NoisePayload(key, List.copyOf(muxers));
  }

  private static void readExtensions(ProtoReader reader, List<String> muxers) {
    while (reader.next()) {
      if (reader.field() == STREAM_MUXERS) {
        if (muxers.size() == MAX_MUXERS) {
          throw WireException.tooLarge("muxers in a noise payload", MAX_MUXERS + 1L, MAX_MUXERS);
        }
        muxers.add(reader.string());
      } else {
        reader.skip();
      }
    }
  }

  private static byte[] signedBytes(byte[] staticKey) {
    byte[] bytes = new byte[SIGNATURE_PREFIX.length + staticKey.length];
    System.arraycopy(SIGNATURE_PREFIX, 0, bytes, 0, SIGNATURE_PREFIX.length);
    System.arraycopy(staticKey, 0, bytes, SIGNATURE_PREFIX.length, staticKey.length);
    return bytes;
  }
}
