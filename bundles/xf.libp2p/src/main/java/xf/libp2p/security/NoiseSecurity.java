package xf.libp2p.security;

import io.netty.channel.Channel;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.Future;
import java.security.SecureRandom;
import java.util.List;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.PeerId;
import xf.libp2p.crypto.PublicKey;

/**
 * Noise XX for one identity (libp2p noise specification).
 *
 * <p>It has one static Noise key, made when it is: two identities of one process share none, so
 * nobody can link them by it. The key is signed once, not per handshake. Safe for use by any
 * thread.
 */
public final class NoiseSecurity implements SecurityProtocol {
  /** The name under which it is negotiated. */
  public static final String ID = "/noise";

  private static final byte[] NO_PROLOGUE = new byte[0];

  private final X25519KeyPair staticKey;
  private final byte[] identityKey;
  private final byte[] signature;
  private final SecureRandom random;
  private final FastThreadLocal<ChaChaPoly> aead;

  /** Noise for {@code identity}, which signs once, now. */
  public NoiseSecurity(NetworkIdentity identity, SecureRandom random, AeadSource ciphers) {
    this.aead =
        new FastThreadLocal<>() {
          @Override
          protected ChaChaPoly initialValue() {
            return ciphers.open();
          }
        };
    this.staticKey = X25519KeyPair.generate(random);
    this.identityKey = PublicKey.of(identity.publicKey()).encoded();
    this.signature = NoisePayload.sign(identity, staticKey.publicKey());
    this.random = random;
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public Future<SecuredPeer> secure(
      Channel channel, boolean initiator, @Nullable PeerId expected, List<String> muxers) {
    NoiseHandshake handshake = newHandshake(initiator, expected, muxers);
    return new NoiseHandshakeHandler(this, handshake, channel).start(channel);
  }

  NoiseHandshake newHandshake(boolean initiator, @Nullable PeerId expected, List<String> muxers) {
    X25519KeyPair ephemeral = X25519KeyPair.generate(random);
    return new NoiseHandshake(
        new NoiseXxState(initiator, NO_PROLOGUE, staticKey, ephemeral, aead()),
        NoisePayload.encode(identityKey, signature, muxers),
        muxers,
        initiator,
        expected);
  }

  /** The ciphers of the calling thread. */
  ChaChaPoly aead() {
    return aead.get();
  }
}
