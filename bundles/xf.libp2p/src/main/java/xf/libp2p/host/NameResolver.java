package xf.libp2p.host;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import xf.event.XfException;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.MultiaddrProtocol;

/**
 * Turns addresses that begin with a name into ones that begin with an IP address: {@code /dns},
 * {@code /dns4} and {@code /dns6} by the addresses of the name, {@code /dnsaddr} by the TXT records
 * of {@code _dnsaddr.<name>}, which hold whole addresses, among them further {@code /dnsaddr}
 * (libp2p addressing specification).
 *
 * <p>Whoever owns a name decides what it says, so one address may cost at most {@value
 * #MAX_QUESTIONS} questions, {@value #MAX_DEPTH} names deep, and becomes at most {@value
 * #MAX_ADDRESSES} addresses. For any thread.
 */
final class NameResolver {
  static final int MAX_DEPTH = 4;
  static final int MAX_QUESTIONS = 32;
  static final int MAX_ADDRESSES = 16;

  private static final String RECORD_KEY = "dnsaddr=";

  /** RFC 1035, 2.3.4, without the root's dot; letters, digits, hyphens, and underscores. */
  private static final Pattern NAME =
      Pattern.compile("(?=.{1,240}$)[A-Za-z0-9_-]{1,63}(\\.[A-Za-z0-9_-]{1,63})*\\.?");

  private final DnsLookup dns;

  NameResolver(DnsLookup dns) {
    this.dns = dns;
  }

  /** Whether an address has a name at its start that is ours to resolve. */
  static boolean isNamed(Multiaddr address) {
    int code = address.parts().get(0).code();
    return code == MultiaddrProtocol.DNS.code()
        || code == MultiaddrProtocol.DNS4.code()
        || code == MultiaddrProtocol.DNS6.code()
        || code == MultiaddrProtocol.DNSADDR.code();
  }

  /**
   * The address with IP addresses in place of its name; itself if it has none. Fails with {@code
   * NO_ADDRESS} when nothing came of it; what became of a part of it is enough.
   */
  CompletableFuture<List<Multiaddr>> resolve(Multiaddr address) {
    return isNamed(address)
        ? new Resolution().run(address)
        : CompletableFuture.completedFuture(List.of(address));
  }

  void close() {
    dns.close();
  }

  /** The questions that one address leads to, and what is found. */
  private final class Resolution {
    private final AtomicInteger questions = new AtomicInteger();
    private final List<Multiaddr> found = new ArrayList<>();
    private @Nullable Throwable firstFailure;

    CompletableFuture<List<Multiaddr>> run(Multiaddr address) {
      return ask(address, 0).handle((nothing, unexpected) -> result(address, unexpected));
    }

    private synchronized List<Multiaddr> result(Multiaddr address, @Nullable Throwable unexpected) {
      if (!found.isEmpty()) {
        return List.copyOf(found);
      }
      Throwable why = firstFailure != null ? firstFailure : unexpected;
      if (why != null) {
        throw Futures.typed(why);
      }
      throw Futures.failure(
          CloseReason.Kind.NO_ADDRESS, "the DNS knows nothing that fits " + address);
    }

    private CompletableFuture<Void> ask(Multiaddr address, int depth) {
      String name = address.parts().get(0).value();
      CompletableFuture<Void> asked;
      if (!NAME.matcher(name).matches()) {
        asked = refuse(CloseReason.Kind.NO_ADDRESS, "'" + name + "' is no name of the DNS");
      } else if (depth == MAX_DEPTH || questions.incrementAndGet() > MAX_QUESTIONS) {
        asked = refuse(CloseReason.Kind.LIMIT, "the DNS refers on and on, at last to " + address);
      } else if (address.parts().get(0).code() == MultiaddrProtocol.DNSADDR.code()) {
        asked =
            dns.texts("_dnsaddr." + name).thenCompose(texts -> follow(address, texts, depth + 1));
      } else {
        asked = dns.addresses(name).thenAccept(ips -> addAll(address, ips));
      }
      return asked.exceptionally(this::note);
    }

    private CompletableFuture<Void> refuse(CloseReason.Kind kind, String detail) {
      return CompletableFuture.failedFuture(Futures.failure(kind, detail));
    }

    /** One part that cannot be resolved must not hide the others. */
    private synchronized @Nullable Void note(Throwable failure) {
      if (firstFailure == null) {
        firstFailure = failure;
      }
      return null;
    }

    private CompletableFuture<Void> follow(Multiaddr asked, List<String> texts, int depth) {
      List<CompletableFuture<Void>> further = new ArrayList<>();
      for (String text : texts) {
        Multiaddr address = parse(text);
        if (address != null && endsAs(address, asked)) {
          if (isNamed(address)) {
            further.add(ask(address, depth));
          } else {
            add(address);
          }
        }
      }
      return CompletableFuture.allOf(further.toArray(CompletableFuture<?>[]::new));
    }

    private static @Nullable Multiaddr parse(String text) {
      if (!text.startsWith(RECORD_KEY)) {
        return null;
      }
      try {
        return Multiaddr.parse(text.substring(RECORD_KEY.length()));
      } catch (XfException notForUs) {
        return null; // a name may have records for newer software
      }
    }

    /** What stood behind the name must stand at the end of what it stands for. */
    private static boolean endsAs(Multiaddr address, Multiaddr asked) {
      List<Multiaddr.Part> suffix = asked.parts().subList(1, asked.parts().size());
      int from = address.parts().size() - suffix.size();
      return from >= 1 && address.parts().subList(from, address.parts().size()).equals(suffix);
    }

    private void addAll(Multiaddr address, List<InetAddress> ips) {
      int code = address.parts().get(0).code();
      ips.stream()
          .filter(ip -> isWanted(ip, code))
          .limit(MAX_ADDRESSES)
          .forEach(ip -> add(address.withIpAddress(ip)));
    }

    private synchronized void add(Multiaddr address) {
      if (found.size() < MAX_ADDRESSES && !found.contains(address)) {
        found.add(address);
      }
    }
  }

  private static boolean isWanted(InetAddress ip, int code) {
    return code == MultiaddrProtocol.DNS.code()
        || (code == MultiaddrProtocol.DNS4.code() && ip instanceof Inet4Address)
        || (code == MultiaddrProtocol.DNS6.code() && ip instanceof Inet6Address);
  }
}
