package xf.libp2p.host;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;

/**
 * Turns {@code /dns/...} addresses into IP addresses. The JDK's resolver blocks, so it has a thread
 * of its own, which is there only while it is needed; its queue is short. For any thread.
 */
final class NameResolver {
  private static final int MAX_WAITING = 64;
  private static final int MAX_ADDRESSES = 16;

  private final ThreadPoolExecutor executor;

  NameResolver() {
    this.executor =
        new ThreadPoolExecutor(
            1, 1, 5, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), NameResolver::thread);
    executor.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "xf-net-resolver");
    thread.setDaemon(true);
    return thread;
  }

  /** Whether an address has a name at its start that is ours to resolve. */
  static boolean isNamed(Multiaddr address) {
    int code = address.parts().get(0).code();
    return code == MultiaddrProtocol.DNS.code()
        || code == MultiaddrProtocol.DNS4.code()
        || code == MultiaddrProtocol.DNS6.code();
  }

  /** The address with IP addresses in place of its name; itself if it has none. */
  CompletableFuture<List<Multiaddr>> resolve(Multiaddr address) {
    if (!isNamed(address)) {
      return CompletableFuture.completedFuture(List.of(address));
    }
    try {
      return CompletableFuture.supplyAsync(() -> lookUp(address), executor);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(
          Futures.failure(CloseReason.Kind.LIMIT, "too many names wait to be resolved"));
    }
  }

  private static List<Multiaddr> lookUp(Multiaddr address) {
    Multiaddr.Part name = address.parts().get(0);
    try {
      List<Multiaddr> found = new ArrayList<>();
      for (InetAddress ip : InetAddress.getAllByName(name.value())) {
        if (isWanted(ip, name.code()) && found.size() < MAX_ADDRESSES) {
          found.add(address.withIpAddress(ip));
        }
      }
      return found;
    } catch (UnknownHostException e) {
      throw Futures.failure(
          CloseReason.Kind.NO_ADDRESS, "the name " + name.value() + " cannot be resolved");
    }
  }

  private static boolean isWanted(InetAddress ip, int code) {
    return code == MultiaddrProtocol.DNS.code()
        || (code == MultiaddrProtocol.DNS4.code() && ip instanceof Inet4Address)
        || (code == MultiaddrProtocol.DNS6.code() && ip instanceof Inet6Address);
  }

  void close() {
    executor.shutdownNow();
  }
}
