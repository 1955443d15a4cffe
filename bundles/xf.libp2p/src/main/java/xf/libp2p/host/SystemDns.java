package xf.libp2p.host;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.dns.DefaultDnsQuestion;
import io.netty.handler.codec.dns.DnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.resolver.dns.DnsNameResolver;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProvider;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;

/**
 * Addresses by the JDK, which asks whatever this machine is set up to ask; TXT records, which the
 * JDK does not know, by Netty from the machine's name servers.
 *
 * <p>The JDK's resolver blocks, so it has a thread of its own, which is there only while it is
 * needed; its queue is short. Netty's socket opens with the first TXT question.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Netty's listeners; results arrive in futures
final class SystemDns implements DnsLookup {
  private static final int MAX_WAITING = 64;
  private static final int MAX_TEXTS = 64;
  private static final int QUERY_TIMEOUT_MS = 3_000;
  private static final int MAX_QUERIES_PER_QUESTION = 4;

  private final EventLoop loop;
  private final DnsServerAddressStreamProvider servers;
  private final ThreadPoolExecutor blocking;
  private @Nullable DnsNameResolver texts;
  private boolean closed;

  /** Asks the name servers of this machine. */
  SystemDns(EventLoop loop) {
    this(loop, DnsServerAddressStreamProviders.platformDefault());
  }

  SystemDns(EventLoop loop, DnsServerAddressStreamProvider servers) {
    this.loop = loop;
    this.servers = servers;
    this.blocking =
        new ThreadPoolExecutor(
            1, 1, 5, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), SystemDns::thread);
    blocking.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable task) {
    Thread thread = new Thread(task, "xf-net-resolver");
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public CompletableFuture<List<InetAddress>> addresses(String name) {
    try {
      return CompletableFuture.supplyAsync(() -> askJdk(name), blocking);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(
          Futures.failure(CloseReason.Kind.LIMIT, "too many names wait to be resolved"));
    }
  }

  private static List<InetAddress> askJdk(String name) {
    try {
      return List.of(InetAddress.getAllByName(name));
    } catch (UnknownHostException e) {
      throw Futures.failure(
          CloseReason.Kind.NO_ADDRESS, "the name " + name + " cannot be resolved");
    }
  }

  @Override
  public CompletableFuture<List<String>> texts(String name) {
    CompletableFuture<List<String>> result = new CompletableFuture<>();
    DnsNameResolver resolver = resolver();
    if (resolver == null) {
      result.completeExceptionally(
          Futures.failure(CloseReason.Kind.SHUTDOWN, "the network is closed"));
      return result;
    }
    resolver
        .resolveAll(new DefaultDnsQuestion(name, DnsRecordType.TXT))
        .addListener((FutureListener<List<DnsRecord>>) done -> onTexts(name, done, result));
    return result;
  }

  private synchronized @Nullable DnsNameResolver resolver() {
    if (texts == null && !closed) {
      texts =
          new DnsNameResolverBuilder(loop)
              .datagramChannelType(NioDatagramChannel.class)
              .socketChannelType(NioSocketChannel.class) // for answers over one datagram
              .nameServerProvider(servers)
              .queryTimeoutMillis(QUERY_TIMEOUT_MS)
              .maxQueriesPerResolve(MAX_QUERIES_PER_QUESTION)
              .build();
    }
    return texts;
  }

  private static void onTexts(
      String name, Future<List<DnsRecord>> done, CompletableFuture<List<String>> result) {
    if (!done.isSuccess()) {
      result.completeExceptionally(
          Futures.failure(
              CloseReason.Kind.NO_ADDRESS,
              "the TXT records of " + name + " cannot be had: " + done.cause().getMessage()));
      return;
    }
    List<String> found = new ArrayList<>();
    for (DnsRecord each : done.getNow()) {
      if (each instanceof DnsRawRecord raw && found.size() < MAX_TEXTS) {
        found.add(text(raw.content()));
      }
      ReferenceCountUtil.release(each);
    }
    result.complete(found);
  }

  /** The strings of a record, each behind its length in one byte, as one (RFC 1035, 3.3.14). */
  static String text(ByteBuf record) {
    StringBuilder text = new StringBuilder();
    while (record.isReadable()) {
      int length = Math.min(record.readUnsignedByte(), record.readableBytes());
      text.append(record.readCharSequence(length, StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  @Override
  public synchronized void close() {
    closed = true;
    blocking.shutdownNow();
    if (texts != null) {
      texts.close();
    }
  }
}
