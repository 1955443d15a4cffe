package xf.libp2p.security;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.PeerId;

/** A handshake on a channel that multistream-select settled on. Made once for each identity. */
public interface SecurityProtocol {
  /** The protocol id: {@code /noise}, {@code /tls/1.0.0}. */
  String id();

  /**
   * Adds the handshake's handlers to the end of the channel's pipeline and begins; called on the
   * event loop. When the future succeeds, plaintext flows both ways behind those handlers. When it
   * fails, with a {@link xf.gossip.net.NetworkException}, the channel is closed. The caller minds
   * the timeout: it closes the channel.
   *
   * @param initiator whether we dialled
   * @param expected who must be there; null: anybody
   * @param muxers protocol ids of the muxers we have, best first, for early agreement
   */
  Future<SecuredPeer> secure(
      Channel channel, boolean initiator, @Nullable PeerId expected, List<String> muxers);
}
