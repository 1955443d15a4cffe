package xf.libp2p.host;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import xf.gossip.net.CloseReason;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Registration;
import xf.gossip.net.StreamAcceptor;

/** Who takes in streams for what. For any thread. */
final class ProtocolTable {
  private final Map<String, StreamAcceptor> acceptors = new ConcurrentHashMap<>();
  private final Runnable changed;

  /** Calls {@code changed} after each change, on the thread that made it. */
  ProtocolTable(Runnable changed) {
    this.changed = changed;
  }

  Registration add(ProtocolId protocol, StreamAcceptor acceptor) {
    if (acceptors.putIfAbsent(protocol.name(), acceptor) != null) {
      throw new IllegalStateException(protocol + " has an acceptor");
    }
    changed.run();
    return () -> {
      if (acceptors.remove(protocol.name(), acceptor)) {
        changed.run();
      }
    };
  }

  boolean has(String protocol) {
    return acceptors.containsKey(protocol);
  }

  StreamAcceptor find(ProtocolId protocol) {
    StreamAcceptor acceptor = acceptors.get(protocol.name());
    if (acceptor == null) {
      throw Futures.failure(
          CloseReason.Kind.NOT_SUPPORTED, protocol + " is not spoken here any more");
    }
    return acceptor;
  }

  Set<ProtocolId> names() {
    Set<ProtocolId> names = new TreeSet<>();
    acceptors.keySet().forEach(name -> names.add(new ProtocolId(name)));
    return names;
  }
}
