package xf.libp2p.host;

import io.netty.util.concurrent.EventExecutor;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.gossip.net.NetworkEvent;
import xf.gossip.net.NetworkListener;
import xf.gossip.net.Registration;

/** Tells listeners what happens: one event at a time, in order, on one event loop. */
final class EventTap {
  private static final Logger LOG = LoggerFactory.getLogger(EventTap.class);

  private final List<NetworkListener> listeners = new CopyOnWriteArrayList<>();
  private final EventExecutor loop;
  private final Counters counters;

  EventTap(EventExecutor loop, Counters counters) {
    this.loop = loop;
    this.counters = counters;
  }

  Registration add(NetworkListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  void tell(NetworkEvent event) {
    try {
      loop.execute(() -> listeners.forEach(listener -> tell(listener, event)));
    } catch (RejectedExecutionException hostIsClosed) {
      LOG.debug("Nobody is told of {}: the host is closed", event, hostIsClosed);
    }
  }

  private void tell(NetworkListener listener, NetworkEvent event) {
    try {
      listener.onEvent(event);
    } catch (RuntimeException | AssertionError e) {
      counters.listenerFailures.increment();
      LOG.warn("A listener failed with {}", event, e);
    }
  }
}
