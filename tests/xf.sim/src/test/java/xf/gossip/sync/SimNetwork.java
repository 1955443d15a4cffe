package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import xf.event.XfException;
import xf.gossip.net.PeerId;
import xf.multiformats.Varint;

/**
 * Streams between members: in order within each, each with its own delay, so that what goes two
 * ways arrives in any order; slow members, cut streams, partitions in which everything waits.
 */
final class SimNetwork {
  private static final long MIN_DELAY_NS = Schedule.MS / 2;
  private static final long MAX_DELAY_NS = 20 * Schedule.MS;
  private static final long NOTICE_NS = Schedule.MS;
  private static final long BYTES_PER_MS = 10_000;
  private static final int LONG_BYTES = 16 << 10;
  private static final long WINDOW_BYTES = 1 << 20;

  private final Simulation world;
  private final Schedule schedule;
  private final SplittableRandom random;
  private long healedAtNs;
  private int island;

  SimNetwork(Simulation world, SplittableRandom random) {
    this.world = world;
    this.schedule = world.schedule;
    this.random = random;
  }

  // ---- partitions

  /** Members below a number and the others do not hear of each other for some time. */
  void part(int members, long lengthNs, List<SimMember> all) {
    island = members;
    healedAtNs = schedule.nowNs() + lengthNs;
    for (SimMember member : all) {
      for (SimLink link : List.copyOf(member.links.values())) {
        if (isParted(link.dialler, link.other) && random.nextInt(4) == 0) {
          schedule.after(random.nextLong(lengthNs), () -> cut(link));
        }
      }
    }
  }

  private boolean isParted(SimMember a, SimMember b) {
    return schedule.nowNs() < healedAtNs && (a.number < island) != (b.number < island);
  }

  // ---- streams

  void dial(SimMember from, SimMember to) {
    if (!to.isUp || isParted(from, to) || to.links.size() >= SimMember.MAX_LINKS) {
      from.retry.failed(from.group.id(), to.peer, from.nowNs(), "not reached");
      return;
    }
    if (to.links.containsKey(from.peer)
        || to.ending.contains(from.peer)
        || from.ending.contains(to.peer)) {
      return;
    }
    SimLink link = new SimLink(from, to);
    from.links.put(to.peer, link);
    to.links.put(from.peer, link);
    from.feed(new SyncInput.Opened(to.peer));
  }

  void cutAll(SimMember member) {
    new ArrayList<>(member.links.values()).forEach(this::cut);
  }

  void cut(SimMember near, PeerId far) {
    SimLink link = near.links.get(far);
    if (link != null) {
      cut(link);
    }
  }

  void cut(SimLink link) {
    if (!link.isOpen) {
      return;
    }
    link.isOpen = false;
    for (SimMember end : List.of(link.dialler, link.other)) {
      SimMember far = link.far(end);
      end.links.remove(far.peer, link);
      int life = end.life;
      end.ending.add(far.peer);
      schedule.after(NOTICE_NS, () -> closed(end, life, far));
    }
  }

  private static void closed(SimMember end, int life, SimMember far) {
    if (!end.isUp || end.life != life) {
      return;
    }
    end.ending.remove(far.peer);
    end.feed(new SyncInput.Closed(far.peer));
    boolean isRefused =
        end.retry.find(end.group.id(), far.peer).filter(Retry.Wait::isRefusal).isPresent();
    if (!isRefused) {
      end.retry.failed(end.group.id(), far.peer, end.nowNs(), "closed");
    }
  }

  // ---- frames

  /** Sends a frame, length prefix included, as a machine made it. */
  void send(SimMember from, PeerId peer, ByteBuffer frame) {
    Varint.get(frame);
    ByteBuffer body = frame.slice();
    Liar liar = from.liar;
    SimLink link = from.links.get(peer);
    if (liar != null && link != null) {
      body = liar.tell(link.far(from), body);
    }
    if (body != null) {
      sendBody(from, peer, body);
    }
  }

  void sendBody(SimMember from, PeerId peer, ByteBuffer body) {
    SimLink link = from.links.get(peer);
    if (link == null || !link.isOpen) {
      return;
    }
    SimMember to = link.far(from);
    SimLink.Pipe pipe = link.from(from);
    world.traced(from, to, body);
    world.invariants.onSend(link, from, to, body);
    if (pipe.bytes + body.remaining() > Invariants.MAX_QUEUED_BYTES) {
      cut(link); // what a stream does with a writer that does not wait
      return;
    }
    pipe.bytes += body.remaining();
    pipe.frames++;
    int slowness = Math.max(from.slowness, to.slowness);
    long busyNs = (long) slowness * body.remaining() * Schedule.MS / BYTES_PER_MS;
    long delayNs = MIN_DELAY_NS + random.nextLong(MAX_DELAY_NS * slowness);
    pipe.dueNs = Math.max(pipe.dueNs + 1 + busyNs, schedule.nowNs() + delayNs + busyNs);
    if (isParted(from, to)) {
      pipe.dueNs = Math.max(pipe.dueNs, healedAtNs + delayNs);
    }
    ByteBuffer sent = compact(body);
    schedule.at(pipe.dueNs, () -> deliver(link, pipe, from, to, sent));
  }

  /** A short frame is made in a long buffer: what is under way is not to hold all of that. */
  private static ByteBuffer compact(ByteBuffer body) {
    return body.remaining() > LONG_BYTES
        ? body.duplicate()
        : ByteBuffer.allocate(body.remaining()).put(body.duplicate()).flip();
  }

  private void deliver(
      SimLink link, SimLink.Pipe pipe, SimMember from, SimMember to, ByteBuffer body) {
    pipe.bytes -= body.remaining();
    pipe.frames--;
    if (!link.isOpen) {
      return;
    }
    if (pipe.isAwaited && pipe.bytes < WINDOW_BYTES) {
      pipe.isAwaited = false;
      from.feed(new SyncInput.Writable(to.peer));
    }
    Liar liar = to.liar;
    if (liar != null) {
      liar.hear(from, body);
    }
    if (!link.isOpen) {
      return;
    }
    if (to == link.other && !link.isNamed) {
      invite(link, from, to, body);
    } else if (body.remaining() > SyncCodec.MAX_FRAME_BYTES) {
      cut(link); // its length is read before anything else
    } else {
      to.feed(new SyncInput.Frame(from.peer, body));
    }
  }

  /** The first frame of a stream that was opened to a member. */
  private void invite(SimLink link, SimMember from, SimMember to, ByteBuffer body) {
    if (body.remaining() <= SyncCodec.MAX_FIRST_FRAME_BYTES
        && decode(body) instanceof SyncMessage.Open open
        && to.state.membership().holds(open, from.peer, to.peer)
        && !isRefused(to, from.peer)) {
      link.isNamed = true;
      to.feed(new SyncInput.Invited(from.peer, open));
    } else {
      cut(link);
    }
  }

  private static boolean isRefused(SimMember by, PeerId peer) {
    return by.retry
        .find(by.group.id(), peer)
        .filter(wait -> wait.isRefusal() && by.nowNs() < wait.untilNs())
        .isPresent();
  }

  /** The message of a body, or null when it is none. */
  static @Nullable SyncMessage decode(ByteBuffer body) {
    try {
      return SyncCodec.decode(body.duplicate());
    } catch (XfException e) {
      return null;
    }
  }

  void awaitWritable(SimMember from, PeerId peer) {
    SimLink link = from.links.get(peer);
    if (link == null) {
      return;
    }
    SimLink.Pipe pipe = link.from(from);
    if (pipe.bytes >= WINDOW_BYTES) {
      pipe.isAwaited = true;
      return;
    }
    int life = from.life;
    schedule.after(
        random.nextLong(Schedule.MS),
        () -> {
          if (from.isUp && from.life == life && from.links.get(peer) == link) {
            from.feed(new SyncInput.Writable(peer));
          }
        });
  }
}
