package xf.gossip.net;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.osgi.annotation.versioning.ProviderType;

/** A secured link to a peer, over which streams run. */
@ProviderType
public interface Connection {
  /** Number of this connection, unique while its network lives. */
  long id();

  /** The peer, as proved by the handshake. */
  PeerId remotePeer();

  /** What there is to say about it now. */
  ConnectionInfo info();

  /** Whether it can still be used. */
  boolean isOpen();

  /**
   * Opens a stream for the first of {@code protocols} that the peer speaks.
   *
   * @param handler gets the stream's callbacks, {@code onOpen} before the future completes
   * @param timeout how long opening and agreeing may take
   */
  CompletableFuture<Stream> openStream(
      List<ProtocolId> protocols, StreamHandler handler, Duration timeout);

  /** Closes it and all its streams; completes when nothing of it is left. */
  CompletableFuture<Void> close(CloseReason reason);
}
