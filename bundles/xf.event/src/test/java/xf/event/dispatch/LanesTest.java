package xf.event.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import xf.event.StreamClass;

class LanesTest {
  @Test
  void shouldTakeSystemBeforeIdentityBeforeTopics() {
    Lanes<String> lanes = new Lanes<>(10);
    lanes.add(StreamClass.TOPIC, "t1");
    lanes.add(StreamClass.IDENTITY, "i");
    lanes.add(StreamClass.TOPIC, "t2");
    lanes.add(StreamClass.SYSTEM, "s");
    List<String> order = new ArrayList<>();
    for (String value = lanes.poll(); value != null; value = lanes.poll()) {
      order.add(value);
    }
    assertEquals(List.of("s", "i", "t1", "t2"), order);
  }

  @Test
  void shouldStarveNoLane() {
    Lanes<String> lanes = new Lanes<>(100);
    lanes.add(StreamClass.TOPIC, "topic");
    lanes.add(StreamClass.IDENTITY, "identity");
    List<String> order = new ArrayList<>();
    for (int i = 0; i < 2 * Lanes.MAX_PASSES + 4; i++) {
      lanes.add(StreamClass.SYSTEM, "system");
      order.add(lanes.poll());
    }
    assertTrue(order.contains("topic") && order.contains("identity"), order.toString());
  }

  @Test
  void shouldDropTheOldestOfTheLowestClass() {
    Lanes<String> lanes = new Lanes<>(3);
    lanes.add(StreamClass.SYSTEM, "s");
    lanes.add(StreamClass.TOPIC, "t1");
    lanes.add(StreamClass.TOPIC, "t2");
    lanes.dropOldest();
    assertEquals(2, lanes.size());
    assertEquals("s", lanes.poll());
    assertEquals("t2", lanes.poll());
    assertNull(lanes.poll());
  }

  @Test
  void shouldRefuseMoreThanItsCapacity() {
    Lanes<String> lanes = new Lanes<>(1);
    lanes.add(StreamClass.TOPIC, "t");
    assertTrue(lanes.isFull());
    assertThrows(IllegalStateException.class, () -> lanes.add(StreamClass.SYSTEM, "s"));
  }
}
