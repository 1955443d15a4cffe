package xf.libp2p.transport;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** The host's door for strangers: asked before any work is done for one. */
@FunctionalInterface
public interface ConnectionGate {
  /**
   * Whether to begin a handshake with a stranger.
   *
   * @param abort closes the connection, from any thread: the host calls it when it needs the room
   *     for others; the attempt then fails like any other
   * @return what to tell how it goes; null: close at once and say nothing
   */
  @Nullable ConnectionAttempt admit(InetSocketAddress remote, Runnable abort);

  /** Whether so many handshakes are under way that strangers should first prove their address. */
  default boolean isCrowded() {
    return false;
  }
}
