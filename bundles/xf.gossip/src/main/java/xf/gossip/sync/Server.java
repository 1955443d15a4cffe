package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import xf.event.EventView;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.merkle.Checkpoint;
import xf.merkle.PageDescriptor;

/**
 * What one peer gets from our logs: pushed heads and answers, never beyond our own signed heads.
 */
final class Server {
  private static final int MAX_REQUEST_EVENTS = 32 * PageDescriptor.LEAVES;
  private static final int PAGE_EVENTS = PageDescriptor.LEAVES;
  private static final int PAGE_LEVEL = 8;
  private static final int EXPECTED_BYTES = 1 << 10;

  private final Context context;
  private final PeerSession session;
  private long eventsOut;

  Server(Context context, PeerSession session) {
    this.context = context;
    this.session = session;
  }

  long eventsOut() {
    return eventsOut;
  }

  /** Events being packed for one frame; the room for them grows as it is needed. */
  private static final class Packing {
    private final int roomBytes;
    ByteBuffer out;
    long lastHlc;
    int count;

    Packing(int roomBytes, long events) {
      this.roomBytes = roomBytes;
      this.out = buffer((int) Math.min(roomBytes, events * EXPECTED_BYTES));
    }

    private static ByteBuffer buffer(int bytes) {
      return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Whether the event was taken: not when it is longer than the room that is left. */
    boolean take(EventView event) {
      int bound = EventPacker.bound(event);
      if (bound > roomBytes - out.position()) {
        return false;
      }
      if (bound > out.remaining()) {
        int wanted = Math.max(2 * out.capacity(), out.position() + bound);
        out = buffer(Math.min(roomBytes, wanted)).put(out.flip());
      }
      EventPacker.pack(event, lastHlc, out);
      lastHlc = event.hlc();
      count++;
      return true;
    }
  }

  // ---- pushes

  void push(LogId log) {
    byte[] evidence = session.takeEvidenceDue(log);
    if (evidence != null) {
      session.send(new SyncMessage.Fork(evidence));
    }
    HeadTable.Entry entry = context.heads.get(log);
    if (entry == null) {
      return;
    }
    long has = session.told(log, PeerSession.UNKNOWN);
    if (has >= entry.size() || (has == PeerSession.UNKNOWN && evidence != null)) {
      return;
    }
    SyncMessage.Run run = has == PeerSession.UNKNOWN ? SyncMessage.Run.NONE : ride(entry, has);
    Checkpoint head = entry.head();
    session.setTold(log, entry.size());
    eventsOut += run.count();
    session.send(
        new SyncMessage.Head(
            log,
            has == 0 ? Optional.of(SyncMessage.ShortName.of(entry.name())) : Optional.empty(),
            entry.size(),
            head.head().root(),
            head.signature(),
            run));
  }

  /** All events that the peer lacks, or none when they are too many to ride. */
  private SyncMessage.Run ride(HeadTable.Entry entry, long from) {
    long count = entry.size() - from;
    int room = context.limits.rideBytes();
    if (count > room / EventPacker.SMALLEST_BYTES) {
      return SyncMessage.Run.NONE;
    }
    SyncMessage.Run last = context.lastRide(entry, from);
    if (last != null) {
      return last;
    }
    Packing packing = pack(entry.id(), from, entry.size(), room);
    if (packing.count != count) {
      return SyncMessage.Run.NONE;
    }
    SyncMessage.Run run = toRun(entry.id(), from, packing);
    context.rememberRide(entry, run);
    return run;
  }

  private Packing pack(LogId log, long from, long to, int roomBytes) {
    Packing packing = new Packing(roomBytes, to - from);
    context.replica.scan(
        log,
        from,
        (each, position, event) -> {
          boolean taken = packing.count < SyncCodec.MAX_EVENTS && packing.take(event);
          return taken && event.index() + 1 < to;
        });
    return packing;
  }

  private SyncMessage.Run toRun(LogId log, long from, Packing packing) {
    return new SyncMessage.Run(
        from, packing.count, packing.out.flip(), seals(log, from, from + packing.count));
  }

  private List<SyncMessage.Seal> seals(LogId log, long from, long to) {
    List<SyncMessage.Seal> seals = new ArrayList<>();
    for (long page = from / PAGE_EVENTS + 1; page * PAGE_EVENTS <= to; page++) {
      Optional<Checkpoint> seal = context.replica.checkpointAt(log, page * PAGE_EVENTS);
      if (seal.isPresent() && seals.size() < SyncCodec.MAX_SEALS) {
        seals.add(new SyncMessage.Seal(page, seal.get().signature()));
      }
    }
    return seals;
  }

  // ---- answers

  void enqueue(SyncMessage request) {
    if (session.lane.answerCount() >= context.limits.requests()) {
      session.refuse(Refusal.FLOOD, "more than " + context.limits.requests() + " requests wait");
      return;
    }
    LogId log = logOf(request);
    HeadTable.Entry entry = context.heads.get(log);
    long from = request instanceof SyncMessage.GetEvents get ? get.from() : 0;
    if (entry == null || !isWithin(request, entry.size())) {
      session.send(unavailable(request, from));
      return;
    }
    if (request instanceof SyncMessage.GetEvents get
        && get.to() - get.from() > MAX_REQUEST_EVENTS) {
      session.refuse(Refusal.TOO_LARGE, "a request for " + (get.to() - get.from()) + " events");
      return;
    }
    session.lane.answer(new Lane.Answer(request, entry.name().streamClass(), from));
  }

  private static SyncMessage unavailable(SyncMessage request, long from) {
    return request instanceof SyncMessage.GetSparse get
        ? new SyncMessage.Sparse(get.log(), 0, Optional.empty(), List.of(), List.of())
        : new SyncMessage.Unavailable(logOf(request), from);
  }

  private static LogId logOf(SyncMessage request) {
    if (request instanceof SyncMessage.GetEvents get) {
      return get.log();
    } else if (request instanceof SyncMessage.GetNodes get) {
      return get.log();
    } else if (request instanceof SyncMessage.GetPeaks get) {
      return get.log();
    } else if (request instanceof SyncMessage.GetConsistency get) {
      return get.log();
    } else if (request instanceof SyncMessage.GetSparse get) {
      return get.log();
    }
    throw new IllegalArgumentException("not a request: " + request);
  }

  private static boolean isWithin(SyncMessage request, long size) {
    if (request instanceof SyncMessage.GetEvents get) {
      return get.from() < get.to() && get.to() <= size;
    } else if (request instanceof SyncMessage.GetNodes get) {
      return get.size() <= size && get.firstPage() <= get.size() / PAGE_EVENTS;
    } else if (request instanceof SyncMessage.GetPeaks get) {
      return get.size() <= size;
    } else if (request instanceof SyncMessage.GetConsistency get) {
      return get.oldSize() > 0 && get.oldSize() <= get.newSize() && get.newSize() <= size;
    } else if (request instanceof SyncMessage.GetSparse get) {
      return get.indexes().stream().allMatch(i -> i < size);
    }
    return false;
  }

  /** Sends the next piece of an answer; whether it was the last one. */
  boolean answer(Lane.Answer answer) {
    try {
      if (answer.request instanceof SyncMessage.GetEvents get) {
        return answerEvents(get, answer);
      }
      session.send(answerOf(answer.request));
    } catch (XfException e) {
      session.send(unavailable(answer.request, answer.next));
    }
    return true;
  }

  private boolean answerEvents(SyncMessage.GetEvents get, Lane.Answer answer) {
    Packing packing = pack(get.log(), answer.next, get.to(), context.limits.answerBytes());
    if (packing.count == 0) {
      session.send(new SyncMessage.Unavailable(get.log(), answer.next));
      return true;
    }
    session.send(new SyncMessage.Events(get.log(), toRun(get.log(), answer.next, packing)));
    eventsOut += packing.count;
    answer.next += packing.count;
    return answer.next >= get.to();
  }

  private SyncMessage answerOf(SyncMessage request) {
    if (request instanceof SyncMessage.GetNodes get) {
      return nodes(get);
    } else if (request instanceof SyncMessage.GetPeaks get) {
      return new SyncMessage.Peaks(get.log(), get.size(), peaks(get.log(), 0, get.size()));
    } else if (request instanceof SyncMessage.GetConsistency get) {
      return new SyncMessage.Consistency(
          get.log(),
          get.oldSize(),
          get.newSize(),
          context.replica.proveConsistency(get.log(), get.oldSize(), get.newSize()).path());
    } else if (request instanceof SyncMessage.GetSparse get) {
      return sparse(get);
    }
    throw new IllegalArgumentException("not a request: " + request);
  }

  private SyncMessage.Nodes nodes(SyncMessage.GetNodes get) {
    long pages = get.size() / PAGE_EVENTS;
    int count = (int) Math.min(pages - get.firstPage(), context.limits.nodes());
    ByteBuffer roots = ByteBuffer.allocate(count * Hash.LENGTH_BYTES);
    for (int i = 0; i < count; i++) {
      context.replica.node(get.log(), PAGE_LEVEL, get.firstPage() + i).putTo(roots);
    }
    ByteBuffer tail = ByteBuffer.allocate(PAGE_LEVEL * Hash.LENGTH_BYTES);
    if (get.firstPage() + count == pages) {
      peaks(get.log(), pages * PAGE_EVENTS, get.size()).forEach(hash -> hash.putTo(tail));
    }
    return new SyncMessage.Nodes(get.log(), get.size(), get.firstPage(), roots.flip(), tail.flip());
  }

  /** The peaks of leaves {@code [from, to)}, the largest first; {@code from} is 0 or a page's. */
  private List<Hash> peaks(LogId log, long from, long to) {
    List<Hash> peaks = new ArrayList<>();
    for (long at = from; at < to; ) {
      int level = 63 - Long.numberOfLeadingZeros(to - at);
      peaks.add(context.replica.node(log, level, at >>> level));
      at += 1L << level;
    }
    return peaks;
  }

  private SyncMessage sparse(SyncMessage.GetSparse get) {
    HeadTable.Entry entry = context.heads.get(get.log());
    if (entry == null) {
      return unavailable(get, 0);
    }
    List<SyncMessage.SparseEvent> events = new ArrayList<>();
    Map<Hash, Integer> hashes = new LinkedHashMap<>();
    int room = context.limits.answerBytes();
    for (long index : get.indexes()) {
      Packing packing = pack(get.log(), index, index + 1, room);
      if (packing.count == 0) {
        break;
      }
      SyncMessage.Run run =
          new SyncMessage.Run(index, packing.count, packing.out.flip(), List.of());
      room -= run.packed().remaining();
      List<Integer> path = get.proofs() ? path(entry, index, hashes) : List.of();
      events.add(new SyncMessage.SparseEvent(run, path));
      eventsOut++;
    }
    Checkpoint head = entry.head();
    return new SyncMessage.Sparse(
        get.log(),
        entry.size(),
        get.proofs()
            ? Optional.of(new SyncMessage.Signed(head.head().root(), head.signature()))
            : Optional.empty(),
        List.copyOf(hashes.keySet()),
        events);
  }

  /** The hashes of a proof by their places in a list that all proofs of an answer share. */
  private List<Integer> path(HeadTable.Entry entry, long index, Map<Hash, Integer> hashes) {
    List<Integer> places = new ArrayList<>();
    for (Hash hash : context.replica.proveInclusion(entry.id(), index, entry.size()).path()) {
      Integer place = hashes.putIfAbsent(hash, hashes.size());
      places.add(place == null ? hashes.size() - 1 : place);
    }
    return places;
  }
}
