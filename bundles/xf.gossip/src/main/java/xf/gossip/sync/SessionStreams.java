package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.GroupId;
import xf.event.XfException;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Network;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;
import xf.gossip.net.Timers;

/**
 * The streams of the protocol: which group a stream is for, one session for a group and peer, and
 * what happens on it told to that group. Network threads call {@code on…}; the rest is done under
 * the engine's lock.
 */
final class SessionStreams {
  private static final Logger LOG = LoggerFactory.getLogger(SessionStreams.class);
  private static final CloseReason NO_SESSION =
      CloseReason.local(CloseReason.Kind.REQUESTED, "no session");

  private final SyncEngine engine;
  private final Network network;
  private final Connector connector;

  SessionStreams(SyncEngine engine, Network network, Connector connector) {
    this.engine = engine;
    this.network = network;
    this.connector = connector;
  }

  StreamHandler accept(Stream stream) {
    return new StreamLink(this, stream.remotePeer(), false, null);
  }

  void onOpen(StreamLink link) {
    if (link.isInitiator()) {
      engine.later(() -> opened(link));
    } else {
      Timers.Timer unused =
          network
              .timers()
              .schedule(
                  Duration.ofNanos(SyncLimits.DEFAULT.membershipTimeoutNs()),
                  () -> engine.later(() -> endSilent(link)));
    }
  }

  /** Who opens a stream and names no group in time has to go. */
  private static void endSilent(StreamLink link) {
    if (link.group == null) {
      link.reset(NO_SESSION);
    }
  }

  private void opened(StreamLink link) {
    SyncedGroup running = engine.group(link.group);
    if (running == null || !admit(running, link)) {
      link.reset(CloseReason.local(CloseReason.Kind.REQUESTED, "there is a session already"));
      return;
    }
    engine.feed(running, new SyncInput.Opened(link.peer()));
  }

  /**
   * One session for a group and peer: of two that cross, the one the smaller peer id opened. A peer
   * that opens another after it proved itself has lost the first, which our side of a connection
   * may notice half a minute later.
   */
  private boolean admit(SyncedGroup running, StreamLink link) {
    StreamLink other = running.links.get(link.peer());
    if (other != null && other != link) {
      boolean oursWins = network.peerId().compareTo(link.peer()) < 0;
      boolean crossed = !other.isProved() && other.isInitiator() != link.isInitiator();
      if (crossed && link.isInitiator() != oursWins) {
        return false;
      }
      engine.feed(running, new SyncInput.Closed(link.peer()));
      other.reset(CloseReason.local(CloseReason.Kind.REQUESTED, "replaced by a newer session"));
    }
    running.links.put(link.peer(), link);
    return true;
  }

  void onFrame(StreamLink link, ByteBuffer frame) {
    int length = frame.remaining();
    engine.later(
        () -> {
          try {
            frame(link, frame);
          } finally {
            link.release(length);
          }
        });
  }

  private void frame(StreamLink link, ByteBuffer frame) {
    GroupId group = link.group;
    SyncedGroup running = engine.group(group);
    if (group == null) {
      invited(link, frame);
    } else if (running != null) {
      engine.feedIfCurrent(running, link, new SyncInput.Frame(link.peer(), frame));
    }
  }

  /** The first frame of a stream that was opened to us: for which group, if for any of ours. */
  private void invited(StreamLink link, ByteBuffer frame) {
    if (decodeFirst(frame) instanceof SyncMessage.Open open) {
      long nowNs = network.timers().nowNs();
      for (SyncedGroup running : engine.groups()) {
        if (running.state.membership().holds(open, link.peer(), network.peerId())
            && !connector.isRefused(running, link.peer(), nowNs)) {
          link.group = running.id();
          if (admit(running, link)) {
            engine.feed(running, new SyncInput.Invited(link.peer(), open));
            return;
          }
        }
      }
    }
    // The same answer to a stranger and to a member that is not wanted now: none.
    link.reset(NO_SESSION);
  }

  private static @Nullable SyncMessage decodeFirst(ByteBuffer frame) {
    try {
      return SyncCodec.decode(frame);
    } catch (XfException e) {
      LOG.debug("a stream began with what is no frame: {}", e.getMessage());
      return null;
    }
  }

  void onWritable(StreamLink link) {
    engine.later(
        () -> {
          link.blocked = false;
          SyncedGroup running = engine.group(link.group);
          if (link.awaited && running != null) {
            link.awaited = false;
            engine.feedIfCurrent(running, link, new SyncInput.Writable(link.peer()));
          }
        });
  }

  void onClosed(StreamLink link, CloseReason reason) {
    engine.later(
        () -> {
          SyncedGroup running = engine.group(link.group);
          if (running == null) {
            return;
          }
          running.dialling.remove(link.peer());
          if (running.links.remove(link.peer(), link)) {
            engine.feed(running, new SyncInput.Closed(link.peer()));
            connector.onClosed(running, link, reason);
          }
        });
  }
}
