package xf.libp2p.crypto;

import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import xf.event.AuthorKey;
import xf.gossip.net.NetworkIdentity;
import xf.libp2p.wire.ProtoReader;
import xf.libp2p.wire.ProtoWriter;
import xf.libp2p.wire.WireException;

/**
 * An identity whose private key is in this process's memory: for anonymous groups, whose keys live
 * no longer than they do, for keys stored by other libp2p software, and for tests. Safe for use by
 * any thread.
 */
public final class Ed25519Identity implements NetworkIdentity {
  private static final int KEY_BYTES = Ed25519.SECRET_KEY_SIZE;
  private static final int TYPE_FIELD = 1;
  private static final int DATA_FIELD = 2;

  private final byte[] seed;
  private final byte[] point = new byte[Ed25519.PUBLIC_KEY_SIZE];
  private final AuthorKey publicKey;

  private Ed25519Identity(byte[] seed) {
    if (seed.length != KEY_BYTES) {
      throw new IllegalArgumentException("Ed25519 seed: expected 32 bytes, got " + seed.length);
    }
    this.seed = seed.clone();
    Ed25519.generatePublicKey(seed, 0, point, 0);
    this.publicKey = AuthorKey.of(point);
  }

  /** A new identity. */
  public static Ed25519Identity generate(SecureRandom random) {
    byte[] seed = new byte[KEY_BYTES];
    random.nextBytes(seed);
    return new Ed25519Identity(seed);
  }

  /** The identity that grows from 32 secret bytes (RFC 8032 section 5.1.5). */
  public static Ed25519Identity ofSeed(byte[] seed) {
    return new Ed25519Identity(seed);
  }

  /**
   * Reads libp2p's {@code PrivateKey} message, as other software stores it: the seed and the public
   * key, the latter sometimes twice.
   *
   * @throws WireException when it is not an Ed25519 key, or the public key beside it is another's
   */
  public static Ed25519Identity decode(byte[] privateKeyMessage) {
    PublicKey.Type type = null;
    byte[] data = new byte[0];
    ProtoReader reader = new ProtoReader(privateKeyMessage, "libp2p private key");
    while (reader.next()) {
      switch (reader.field()) {
        case TYPE_FIELD -> type = PublicKey.Type.ofNumber(reader.uint());
        case DATA_FIELD -> data = reader.bytes();
        default -> reader.skip();
      }
    }
    if (type != PublicKey.Type.ED25519) {
      throw WireException.badFormat(
          "libp2p private key: type " + type + ", but only Ed25519 can be our own");
    }
    return ofSeedAndPublic(data);
  }

  private static Ed25519Identity ofSeedAndPublic(byte[] data) {
    if (data.length != 2 * KEY_BYTES && data.length != 3 * KEY_BYTES) {
      throw WireException.badFormat(
          "Ed25519 private key: " + data.length + " bytes, expected 64 or 96");
    }
    Ed25519Identity identity = new Ed25519Identity(Arrays.copyOf(data, KEY_BYTES));
    for (int from = KEY_BYTES; from < data.length; from += KEY_BYTES) {
      if (!identity.publicKey.matches(data, from)) {
        throw WireException.notVerified(
            "Ed25519 private key: the public key beside it is another key's");
      }
    }
    return identity;
  }

  /** libp2p's {@code PrivateKey} message of this key: secret. */
  public byte[] encodePrivate() {
    byte[] both = Arrays.copyOf(seed, 2 * KEY_BYTES);
    publicKey.copyTo(both, KEY_BYTES);
    return new ProtoWriter()
        .uint(TYPE_FIELD, PublicKey.Type.ED25519.number())
        .bytes(DATA_FIELD, both)
        .toByteArray();
  }

  @Override
  public AuthorKey publicKey() {
    return publicKey;
  }

  @Override
  public byte[] sign(byte[] message) {
    byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
    Ed25519.sign(seed, 0, point, 0, null, message, 0, message.length, signature, 0);
    return signature;
  }
}
