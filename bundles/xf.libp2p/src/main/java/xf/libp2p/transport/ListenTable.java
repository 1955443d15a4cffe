package xf.libp2p.transport;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The sockets a transport listens at, by the addresses they have. For any thread.
 *
 * <p>The JDK's IPv6 wildcard takes IPv4 too, and no IPv4 wildcard can have its port beside it. So
 * one socket can have two addresses: {@code /ip4/0.0.0.0} joins {@code /ip6/::} at the same port.
 * The socket closes with its last address.
 */
public final class ListenTable {
  private final Map<InetSocketAddress, Channel> sockets = new LinkedHashMap<>();

  /** The kind of socket for an address: an IPv4 one takes IPv4 only, also at the wildcard. */
  public static SocketProtocolFamily family(InetAddress ip) {
    return ip instanceof Inet4Address ? SocketProtocolFamily.INET : SocketProtocolFamily.INET6;
  }

  /** Joins an IPv4 wildcard to the IPv6 wildcard at the same port, if there is one. */
  public synchronized boolean join(InetSocketAddress wanted) {
    boolean isIpv4Wildcard =
        wanted.getAddress() instanceof Inet4Address && wanted.getAddress().isAnyLocalAddress();
    Optional<Channel> dual = isIpv4Wildcard ? wildcard(wanted.getPort()) : Optional.empty();
    dual.ifPresent(socket -> sockets.put(wanted, socket));
    return dual.isPresent();
  }

  private Optional<Channel> wildcard(int port) {
    return sockets.entrySet().stream()
        .filter(entry -> entry.getKey().getAddress() instanceof Inet6Address)
        .filter(entry -> entry.getKey().getAddress().isAnyLocalAddress())
        .filter(entry -> entry.getKey().getPort() == port)
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /** Adds a socket that is bound. */
  public synchronized InetSocketAddress add(Channel socket) {
    InetSocketAddress local = (InetSocketAddress) socket.localAddress();
    sockets.put(local, socket);
    return local;
  }

  /** Takes an address away; when its port is free again, if that was its socket's last. */
  public synchronized Optional<Future<Void>> remove(InetSocketAddress address) {
    Channel socket = sockets.remove(address);
    return socket == null || sockets.containsValue(socket)
        ? Optional.empty()
        : Optional.of(close(socket));
  }

  /** A socket that was closed keeps its port until its loop has looked at its selector again. */
  @SuppressWarnings("FutureReturnValueIgnored") // Netty's listeners; the result is the promise
  private static Future<Void> close(Channel socket) {
    EventLoop loop = socket.eventLoop();
    Promise<Void> free = loop.newPromise();
    socket
        .close()
        .addListener(
            closed -> {
              if (loop.isShuttingDown()) {
                free.trySuccess(null);
              } else {
                loop.schedule(() -> free.trySuccess(null), 1, TimeUnit.MILLISECONDS);
              }
            });
    return free;
  }

  /** Takes all addresses away. */
  public synchronized Set<Channel> clear() {
    Set<Channel> all = new HashSet<>(sockets.values());
    sockets.clear();
    return all;
  }
}
