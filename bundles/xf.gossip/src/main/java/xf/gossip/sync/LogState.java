package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.CompactRange;
import xf.merkle.PageDescriptor;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/**
 * A log that is being received: the frontier of what is verified, be it durable yet or not, and who
 * has offered more.
 */
final class LogState {
  static final int PAGE_EVENTS = PageDescriptor.LEAVES;
  static final int MAX_SOURCES = 16;

  final LogName name;
  final LogId id;

  /** Peers whose verified heads go beyond what was here; each with the largest it offered. */
  final Map<PeerId, Checkpoint> sources = new LinkedHashMap<>();

  private CompactRange tail;
  @Nullable Fetch fetch;
  int commitsInFlight;

  /** Set when a range turned out to be too long to hold: page roots first, from now on. */
  boolean pagesOnly;

  /** Mean length of its events as far as known, 0 when not. */
  int meanBytes;

  LogState(LogName name, LogId id, CompactRange tail) {
    this.name = name;
    this.id = id;
    this.tail = tail;
  }

  /** Events that are verified and durable, or on their way to be. */
  long verifiedSize() {
    return tail.size();
  }

  CompactRange copyTail() {
    return new CompactRange(tail);
  }

  void setTail(CompactRange next) {
    tail = next;
  }

  /** The peaks of whole pages: the frontier at the last page boundary. */
  CompactRange pageFrontier() {
    long aligned = tail.size() & -PAGE_EVENTS;
    byte[] peaks = new byte[64 * TreeHasher.HASH_BYTES];
    tail.peaks(peaks, 0);
    return CompactRange.of(aligned, peaks, 0);
  }

  /** The largest head on offer. */
  Optional<Checkpoint> target() {
    return sources.values().stream()
        .reduce((a, b) -> a.head().size() >= b.head().size() ? a : b)
        .filter(c -> c.head().size() > verifiedSize());
  }

  /** One head for each peer, of at most so many peers; more would not make it faster. */
  void offer(PeerId peer, Checkpoint offered) {
    Checkpoint head = known(offered).orElse(offered); // held once, whoever offers it
    if (sources.containsKey(peer) || sources.size() < MAX_SOURCES) {
      sources.merge(peer, head, (a, b) -> a.head().size() >= b.head().size() ? a : b);
    } else if (target().filter(t -> t.head().size() >= head.head().size()).isEmpty()) {
      sources.remove(sources.keySet().iterator().next());
      sources.put(peer, head);
    }
  }

  /** Whether this head was verified before, as another peer's. */
  boolean isVerified(Checkpoint head) {
    return known(head).isPresent();
  }

  private Optional<Checkpoint> known(Checkpoint head) {
    for (Checkpoint known : sources.values()) {
      if (known.head().equals(head.head()) && Arrays.equals(known.signature(), head.signature())) {
        return Optional.of(known);
      }
    }
    return Optional.empty();
  }

  /** Who has so much of the log. */
  List<PeerId> whoHas(long size) {
    List<PeerId> peers = new ArrayList<>();
    sources.forEach(
        (peer, head) -> {
          if (head.head().size() >= size) {
            peers.add(peer);
          }
        });
    return peers;
  }

  void dropSatisfied() {
    sources.values().removeIf(head -> head.head().size() <= verifiedSize());
  }

  boolean isIdle() {
    return fetch == null && commitsInFlight == 0 && sources.isEmpty();
  }

  Checkpoint checkpoint(long size, Hash root, byte[] signature) {
    return new Checkpoint(id, name.author(), new TreeHead(size, root), signature);
  }

  /** A fetch under way. */
  static final class Fetch {
    final Checkpoint target;

    /** The head's source, who also answers for page roots. */
    final PeerId source;

    /** Without page roots: the one unit is the whole range. */
    final boolean isRange;

    /** Roots of the pages from {@link #firstPage} on, null until they are verified. */
    byte @Nullable [] roots;

    /** Roots that have come, verified when all of them are here. */
    private byte[] claimed = new byte[0];

    final long firstPage;

    /** Frontier at the last page boundary that was reached in order. */
    CompactRange pageFrontier;

    /** Index up to which requests were made. */
    long requested;

    /** Requests in the order of their first index. */
    final Map<Long, Unit> units = new TreeMap<>();

    final long startedNs;
    long nodesDeadlineNs;

    Fetch(LogState log, Checkpoint target, PeerId source, boolean isRange, long nowNs) {
      this.startedNs = nowNs;
      this.target = target;
      this.source = source;
      this.isRange = isRange;
      this.firstPage = log.verifiedSize() / PAGE_EVENTS;
      this.pageFrontier = log.pageFrontier();
      this.requested = log.verifiedSize();
    }

    /** Whether a peer was asked for a part of it. */
    boolean concerns(PeerId asked) {
      return source.equals(asked)
          || units.values().stream().anyMatch(unit -> unit.peer.equals(asked));
    }

    /** Since when what was asked for first is awaited; {@link Long#MAX_VALUE} when nothing is. */
    long awaitedSinceNs() {
      long since = nodesDeadlineNs == 0 ? Long.MAX_VALUE : startedNs;
      for (Unit unit : units.values()) {
        since = unit.isComplete() ? since : Math.min(since, unit.askedNs);
      }
      return since;
    }

    /** Who is awaited. */
    Set<PeerId> awaitedPeers() {
      Set<PeerId> peers = new HashSet<>();
      if (nodesDeadlineNs != 0) {
        peers.add(source);
      }
      units.values().stream().filter(unit -> !unit.isComplete()).forEach(u -> peers.add(u.peer));
      return peers;
    }

    long pages() {
      return target.head().size() / PAGE_EVENTS - firstPage;
    }

    /** The page that the next answer has to begin with. */
    long nextPage() {
      return firstPage + claimed.length / TreeHasher.HASH_BYTES;
    }

    /** Adds roots; whether these are all. */
    boolean claim(ByteBuffer more) {
      int had = claimed.length;
      claimed = Arrays.copyOf(claimed, had + more.remaining());
      more.duplicate().get(claimed, had, more.remaining());
      return claimed.length >= pages() * TreeHasher.HASH_BYTES;
    }

    byte[] claimed() {
      return claimed;
    }

    byte[] roots() {
      return Objects.requireNonNull(roots, "asked for before they were verified");
    }

    long heldBytes() {
      long held = claimed.length;
      for (Unit unit : units.values()) {
        held += unit.run.lengthBytes();
      }
      return held;
    }
  }

  /** Events {@code [from, to)} as they come from one peer. */
  static final class Unit {
    final long from;
    final long to;
    final PeerId peer;
    final EventRun run;
    final Map<Long, byte[]> seals = new TreeMap<>();
    final long askedNs;
    long deadlineNs;

    Unit(LogState log, long from, long to, PeerId peer, long nowNs, long deadlineNs) {
      this.from = from;
      this.to = to;
      this.peer = peer;
      this.run = new EventRun(log.name.streamClass(), from);
      this.askedNs = nowNs;
      this.deadlineNs = deadlineNs;
    }

    boolean isComplete() {
      return run.end() == to;
    }
  }
}
