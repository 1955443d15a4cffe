package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.GroupSecret;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.Stream;
import xf.testkit.net.MemoryFabric;
import xf.testkit.net.TestIdentity;
import xf.testkit.net.VirtualTimers;

/** What a peer may have waiting while the engine does something else. */
class StreamLinkTest {
  private static final int PENDING_BYTES = 4 << 20;
  private static final int FRAME_BYTES = 256;

  @TempDir Path folder;
  private int resumed;

  /** A stream from which so many frames of so many bytes can be read. */
  private Stream full(int frames, int bodyBytes) {
    ByteBuffer bytes = ByteBuffer.allocate(frames * (1 + bodyBytes));
    for (int i = 0; i < frames; i++) {
      bytes.put((byte) bodyBytes).position(bytes.position() + bodyBytes);
    }
    bytes.flip();
    return (Stream)
        Proxy.newProxyInstance(
            Stream.class.getClassLoader(),
            new Class<?>[] {Stream.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "readable" -> bytes;
                  case "consume" -> bytes.position(bytes.position() + (int) arguments[0]);
                  case "resume" -> ++resumed;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static Stream withoutValue(Stream stream) {
    return (Stream)
        Proxy.newProxyInstance(
            Stream.class.getClassLoader(),
            new Class<?>[] {Stream.class},
            (proxy, method, arguments) -> {
              Object value = method.invoke(stream, arguments);
              return method.getReturnType() == void.class ? null : value;
            });
  }

  @Test
  void shouldCountTheSmallestFramesByWhatTheyTake() {
    VirtualTimers timers = new VirtualTimers();
    MemoryFabric fabric = new MemoryFabric(timers, 1, Duration.ofMillis(1), Duration.ZERO);
    Network network = fabric.join(new TestIdentity(1), NetworkLimits.DEFAULT);
    Deque<Runnable> tasks = new ArrayDeque<>();
    try (Node node = new Node(folder, GroupSecret.random(new SecureRandom()));
        SyncEngine engine =
            new SyncEngine(
                network,
                node.store,
                node.index,
                node.keyring,
                tasks::add,
                new SplittableRandom(1))) {
      StreamLink link =
          new StreamLink(engine.streams(), new TestIdentity(2).peerId(), true, node.group.id());
      Stream stream = withoutValue(full(100_000, 1));
      link.onOpen(stream);
      tasks.clear();
      link.onProved();
      assertEquals(1, resumed);
      link.onReadable(stream);
      assertEquals(PENDING_BYTES / (FRAME_BYTES + 1) + 1, tasks.size(), "and no frame more");
      while (tasks.size() > 1) {
        tasks.removeFirst().run();
      }
      assertEquals(2, resumed, "it is read from again when there is room");
      link.onReadable(stream);
      assertTrue(tasks.size() > 1);
    } finally {
      network.close().join();
    }
  }
}
