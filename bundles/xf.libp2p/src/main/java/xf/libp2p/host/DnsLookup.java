package xf.libp2p.host;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Questions to the DNS. For any thread; answers come on any. */
interface DnsLookup extends AutoCloseable {
  /** The addresses of a name, of both families; fails when it has none. */
  CompletableFuture<List<InetAddress>> addresses(String name);

  /** The texts of a name's TXT records; fails when it has none. */
  CompletableFuture<List<String>> texts(String name);

  @Override
  void close();
}
