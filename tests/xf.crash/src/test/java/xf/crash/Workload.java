package xf.crash;

import java.util.List;
import java.util.Random;
import xf.event.Durability;
import xf.event.EventBatch;
import xf.event.EventLog;

/** Appends batches of random size to random logs, and now and then asks for a checkpoint. */
final class Workload {
  private static final int MAX_BATCH = 300;

  private final Node node;
  private final Random random;
  private final List<EventLog> logs;
  private final int[] numbers = new int[MAX_BATCH];

  /** Is told of every acknowledged event. */
  interface Acknowledged {
    void event(int log, EventBatch batch, int place);
  }

  Workload(Node node, Random random) {
    this.node = node;
    this.random = random;
    this.logs = node.logs();
  }

  /** Appends one batch, durably. */
  void step(Acknowledged acknowledged) {
    EventBatch batch = new EventBatch(MAX_BATCH);
    int events = 1 + random.nextInt(random.nextInt(4) == 0 ? MAX_BATCH : 20);
    long[] next = new long[Logs.COUNT];
    for (int i = 0; i < Logs.COUNT; i++) {
      next[i] = logs.get(i).size();
    }
    int spread = 1 + random.nextInt(Logs.COUNT);
    for (int place = 0; place < events; place++) {
      int number = random.nextInt(spread);
      numbers[place] = number;
      Logs.add(batch, logs.get(number), number, next[number]++);
    }
    node.store.append(batch, Durability.DURABLE).join();
    for (int place = 0; place < events; place++) {
      acknowledged.event(numbers[place], batch, place);
    }
    if (random.nextInt(8) == 0) {
      int own = random.nextInt(4);
      if (logs.get(own).size() > 0) {
        node.index.checkpoint(logs.get(own).id());
      }
    }
  }
}
