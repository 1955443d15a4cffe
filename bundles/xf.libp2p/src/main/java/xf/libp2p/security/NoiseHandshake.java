package xf.libp2p.security;

import java.util.List;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.PeerId;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.wire.WireException;

/**
 * The libp2p handshake on top of {@link NoiseXxState}, without I/O: which message carries our
 * payload, what the peer's must prove, and which muxer follows from both. Not for use by several
 * threads.
 */
final class NoiseHandshake {
  private static final byte[] NO_PAYLOAD = new byte[0];

  private final NoiseXxState state;
  private final byte[] ourPayload;
  private final List<String> ourMuxers;
  private final boolean initiator;
  private final @Nullable PeerId expected;
  private @Nullable NoisePayload remote;

  NoiseHandshake(
      NoiseXxState state,
      byte[] ourPayload,
      List<String> ourMuxers,
      boolean initiator,
      @Nullable PeerId expected) {
    this.state = state;
    this.ourPayload = ourPayload;
    this.ourMuxers = ourMuxers;
    this.initiator = initiator;
    this.expected = expected;
  }

  /** The message to send now, or null when it is the peer's turn or all is said. */
  byte @Nullable [] nextMessage() {
    if (!state.isOurTurn()) {
      return null;
    }
    boolean secret = !initiator || remote != null;
    return state.writeMessage(secret ? ourPayload : NO_PAYLOAD);
  }

  /**
   * Takes the peer's next message.
   *
   * @throws WireException when it proves nothing, or proves another peer than the one we dialled
   */
  void handle(byte[] message) {
    byte[] payload = state.readMessage(message);
    if (initiator || state.isComplete()) {
      NoisePayload proved = NoisePayload.verify(payload, state.remoteStatic());
      requireExpected(proved.identity());
      remote = proved;
    }
  }

  boolean isComplete() {
    return state.isComplete();
  }

  CipherState sender() {
    return state.sender();
  }

  CipherState receiver() {
    return state.receiver();
  }

  /** Who it is and which muxer we share. */
  SecuredPeer result() {
    NoisePayload proved = remote;
    if (proved == null || !isComplete()) {
      throw new IllegalStateException("noise: the handshake is not complete");
    }
    return new SecuredPeer(
        proved.identity().peerId(),
        proved.identity(),
        NoiseSecurity.ID,
        chooseMuxer(proved.muxers()));
  }

  /** The first of the initiator's list that both have; null when one side named none. */
  private @Nullable String chooseMuxer(List<String> theirs) {
    if (ourMuxers.isEmpty() || theirs.isEmpty()) {
      return null;
    }
    List<String> first = initiator ? ourMuxers : theirs;
    List<String> second = initiator ? theirs : ourMuxers;
    return first.stream()
        .filter(second::contains)
        .findFirst()
        .orElseThrow(
            () ->
                new WireException(
                    Kind.NOT_SUPPORTED, "noise: no muxer in common, we speak " + ourMuxers));
  }

  private void requireExpected(PublicKey identity) {
    PeerId peer = identity.peerId();
    if (expected != null && !expected.equals(peer)) {
      throw new WireException(Kind.WRONG_PEER, "noise: dialled " + expected + ", got " + peer);
    }
  }
}
