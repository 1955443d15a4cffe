package xf.libp2p.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkLimits;
import xf.testkit.net.TestIdentity;

/** What connections cost that nobody uses. */
class IdleConnectionsTest {
  private static final int CONNECTIONS = 1_000;
  private static final int LANES = 16;
  private static final long MOST_BYTES = 64L << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private static NetworkLimits limits() {
    NetworkLimits d = NetworkLimits.DEFAULT;
    return new NetworkLimits(
        2 * CONNECTIONS,
        2 * CONNECTIONS,
        2 * CONNECTIONS,
        d.halfOpen(),
        d.halfOpen(),
        d.dials(),
        d.streamsPerConnection(),
        d.streams(),
        d.windowBytes(),
        d.bytesPerPeer(),
        d.bytes(),
        d.bytesQueuedPerStream(),
        60_000,
        60_000);
  }

  private static Libp2pHost host(long seed) {
    return HostFactory.start(
        new TestIdentity(seed),
        HostOptions.DEFAULT.withConfig(HostConfig.DEFAULT.withLimits(limits())));
  }

  private static long heapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  /** Both ends of each are in this JVM; the bar is for one. */
  @Test
  void shouldHoldAThousandIdleConnectionsInLittleMemory() throws Exception {
    long before = heapBytes();
    Libp2pHost listener = host(1);
    Libp2pHost dialler = host(2);
    try {
      Multiaddr address =
          listener.listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0")).get(10, TimeUnit.SECONDS);
      List<CompletableFuture<Void>> lanes = new ArrayList<>();
      for (int lane = 0; lane < LANES; lane++) {
        int share = CONNECTIONS / LANES + (lane < CONNECTIONS % LANES ? 1 : 0);
        lanes.add(dial(dialler, address, share));
      }
      for (CompletableFuture<Void> lane : lanes) {
        lane.get(120, TimeUnit.SECONDS);
      }
      assertEquals(CONNECTIONS, dialler.connections().size());
      long taken = heapBytes() - before;
      System.out.printf("%,d connections, both ends: %,d KiB of heap%n", CONNECTIONS, taken >> 10);
      assertTrue(taken <= MOST_BYTES, () -> taken + " bytes");
    } finally {
      dialler.close().get(20, TimeUnit.SECONDS);
      listener.close().get(20, TimeUnit.SECONDS);
    }
  }

  /** An address without its peer is dialled anew each time. */
  private static CompletableFuture<Void> dial(Libp2pHost dialler, Multiaddr address, int left) {
    return left == 0
        ? CompletableFuture.completedFuture(null)
        : dialler
            .dial(address, TIMEOUT)
            .thenCompose(connection -> dial(dialler, address, left - 1));
  }
}
