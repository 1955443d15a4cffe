package xf.libp2p.host;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Stranger;

/**
 * The incoming connections that failed last before they had proved who they are. For any thread.
 */
final class Strangers {
  private static final int MAX_REMEMBERED = 32;

  private final Deque<Stranger> latest = new ArrayDeque<>();

  synchronized void failed(InetSocketAddress remote, CloseReason reason) {
    latest.add(new Stranger(remote, reason));
    if (latest.size() > MAX_REMEMBERED) {
      latest.remove();
    }
  }

  synchronized List<Stranger> latest() {
    return List.copyOf(latest);
  }
}
