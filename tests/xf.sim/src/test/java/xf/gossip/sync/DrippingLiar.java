package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import xf.event.LogId;
import xf.gossip.net.PeerId;

/**
 * Offers all it has and delivers it event by event, so slowly that whoever waits for it waits for
 * ever, and so fast that it is never late.
 */
final class DrippingLiar extends Liar {
  private static final int TICKS_BETWEEN = 20;
  private static final int MOST_WAITING = 256;

  private record Wish(PeerId peer, LogId log) {}

  /** The next event of what it was asked for, and where that ends. */
  private final Map<Wish, long[]> wishes = new LinkedHashMap<>();

  private int ticks;

  DrippingLiar(SimMember self, SplittableRandom random) {
    super(LiarKind.DRIPPER, self, random);
  }

  @Override
  @Nullable ByteBuffer tell(SimMember to, ByteBuffer body) {
    SyncMessage message = SimNetwork.decode(body);
    if (message instanceof SyncMessage.Head head) {
      return bodyOf(
          new SyncMessage.Head(
              head.log(),
              head.name(),
              head.size(),
              head.root(),
              head.signature(),
              SyncMessage.Run.NONE));
    } else if (message instanceof SyncMessage.Events events && wishes.size() < MOST_WAITING) {
      Wish wish = new Wish(to.peer, events.log());
      long[] range = {events.run().from(), events.run().end()};
      wishes.merge(wish, range, (a, b) -> b[0] == a[1] ? new long[] {a[0], b[1]} : b);
      return null;
    }
    return body;
  }

  @Override
  void act() {
    if (++ticks % TICKS_BETWEEN != 0) {
      return;
    }
    for (Map.Entry<Wish, long[]> each : List.copyOf(wishes.entrySet())) {
      Wish wish = each.getKey();
      if (self.links.containsKey(wish.peer())) {
        drip(wish, each.getValue()[0]++);
      }
      if (!self.links.containsKey(wish.peer()) || each.getValue()[0] >= each.getValue()[1]) {
        wishes.remove(wish);
      }
    }
  }

  private void drip(Wish wish, long index) {
    self.disk.scan(
        wish.log(),
        index,
        (log, position, event) -> {
          ByteBuffer packed =
              ByteBuffer.allocate(EventPacker.bound(event)).order(ByteOrder.LITTLE_ENDIAN);
          EventPacker.pack(event, 0, packed);
          SyncMessage.Run run = new SyncMessage.Run(index, 1, packed.flip(), List.of());
          self.injectRaw(wish.peer(), bodyOf(new SyncMessage.Events(wish.log(), run)));
          return false;
        });
  }
}
