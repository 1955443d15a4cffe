package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.EventView;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.merkle.CompactRange;
import xf.merkle.TreeHasher;

class EventRunTest {
  private static final int PAYLOAD_BYTES = 256;

  private static byte[] event(long index) {
    ByteBuffer out = ByteBuffer.allocate(32 + PAYLOAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.put(0, (byte) 1).put(1, (byte) 0x10).putInt(4, PAYLOAD_BYTES);
    return out.putLong(8, index).putLong(16, 7 + index).array();
  }

  private static ByteBuffer packed(long from, int count) {
    ByteBuffer out = ByteBuffer.allocate(count * (32 + PAYLOAD_BYTES));
    long lastHlc = 0;
    for (int i = 0; i < count; i++) {
      ByteBuffer event = ByteBuffer.wrap(event(from + i)).order(ByteOrder.LITTLE_ENDIAN);
      EventView view = new EventView().wrapChecked(event, 0, event.capacity());
      EventPacker.pack(view, lastHlc, out);
      lastHlc = view.hlc();
    }
    return out.flip();
  }

  @Test
  void shouldUnpackInSeveralSteps() {
    EventRun run = new EventRun(StreamClass.TOPIC, 0);
    run.unpack(packed(0, 1), 1);
    run.unpack(packed(1, 700), 700);
    run.unpack(packed(701, 3), 3);
    assertEquals(704, run.end());
    for (int i = 0; i < run.count(); i++) {
      assertArrayEquals(event(i), run.copy(i));
    }
  }

  /** More than is kept together: of each event its own bytes, and the same leaves in order. */
  @Test
  void shouldKeepAndHashEventsAcrossItsChunks() {
    int events = 5_000;
    EventRun run = new EventRun(StreamClass.TOPIC, 0);
    run.unpack(packed(0, 4_000), 4_000);
    run.unpack(packed(4_000, 1_000), 1_000);
    TreeHasher hasher = new TreeHasher();
    CompactRange expected = new CompactRange();
    byte[] leaf = new byte[TreeHasher.HASH_BYTES];
    for (int i = 0; i < events; i++) {
      byte[] event = event(i);
      assertArrayEquals(event, run.copy(i));
      hasher.leaf(event, 0, event.length, leaf, 0);
      expected.append(hasher, leaf, 0);
    }
    CompactRange frontier = new CompactRange();
    for (int at = 0; at < events; at += 250) {
      run.hashInto(frontier, hasher, at, at + 250);
    }
    assertEquals(expected.root(hasher), frontier.root(hasher));
    assertEquals(events * (32 + PAYLOAD_BYTES), run.lengthBytes());
  }

  /** Ten thousand logs of one event are ten thousand runs that wait to become durable. */
  @Test
  void shouldHoldNoMoreThanItsEventsNeed() {
    ByteBuffer one = packed(0, 1);
    new EventRun(StreamClass.TOPIC, 0).unpack(one, 1); // loads the classes
    int runs = 1_000;
    List<EventRun> all = new ArrayList<>(runs);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < runs; i++) {
      EventRun run = new EventRun(StreamClass.TOPIC, 0);
      run.unpack(one, 1);
      all.add(run);
    }
    long each = (threads.getCurrentThreadAllocatedBytes() - before) / all.size();
    assertTrue(each < 2 * (32 + PAYLOAD_BYTES), each + " bytes for a run of one event");
  }

  @Test
  void shouldRefuseMoreEventsThanItsBytesCanBe() {
    EventRun run = new EventRun(StreamClass.TOPIC, 0);
    ByteBuffer bytes = ByteBuffer.allocate(10 * EventPacker.SMALLEST_BYTES - 1);
    XfException refused = assertThrows(XfException.class, () -> run.unpack(bytes, 10));
    assertEquals(ErrorCode.BAD_FORMAT, refused.code());
    assertEquals(0, run.count());
    run.unpack(ByteBuffer.allocate(10 * EventPacker.SMALLEST_BYTES), 10);
    assertEquals(10, run.count());
  }
}
