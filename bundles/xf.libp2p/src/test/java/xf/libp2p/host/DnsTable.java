package xf.libp2p.host;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import xf.gossip.net.CloseReason;

/** A DNS that knows what it was told, and counts how often it is asked. */
final class DnsTable implements DnsLookup {
  private final Map<String, List<InetAddress>> addresses = new HashMap<>();
  private final Map<String, List<String>> texts = new HashMap<>();
  private int questions;

  void put(String name, String... ips) throws UnknownHostException {
    List<InetAddress> all = new ArrayList<>();
    for (String ip : ips) {
      all.add(InetAddress.getByName(ip));
    }
    addresses.put(name, all);
  }

  void putTexts(String name, String... records) {
    texts.put("_dnsaddr." + name, List.of(records));
  }

  int questions() {
    return questions;
  }

  @Override
  public CompletableFuture<List<InetAddress>> addresses(String name) {
    return answer(addresses.get(name), name);
  }

  @Override
  public CompletableFuture<List<String>> texts(String name) {
    return answer(texts.get(name), name);
  }

  private <T> CompletableFuture<List<T>> answer(List<T> known, String name) {
    questions++;
    return known == null
        ? CompletableFuture.failedFuture(
            CloseReason.local(CloseReason.Kind.NO_ADDRESS, "nobody knows " + name).toException())
        : CompletableFuture.completedFuture(known);
  }

  @Override
  public void close() {
    // Holds nothing.
  }
}
