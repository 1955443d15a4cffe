package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.Sha256;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;

/**
 * The signed heads of a group that this device holds and serves, each covered by durable events;
 * and which set of them each peer was last known to have.
 */
final class HeadTable {
  private static final int ENTRY_BYTES = LogId.LENGTH_BYTES + Long.BYTES + Hash.LENGTH_BYTES;
  private static final int MAX_REMEMBERED_PEERS = 1_024;

  /** Of so many peers it is also remembered how much they have of what has changed since. */
  private static final int MAX_FOLLOWED_PEERS = 64;

  private static final int MAX_SIZES = 4_096;

  /** A log's head; its revision grows with every change in the table. */
  record Entry(LogName name, Checkpoint head, long revision) {
    LogId id() {
      return head.log();
    }

    long size() {
      return head.head().size();
    }

    SyncMessage.HeadEntry toListEntry() {
      return new SyncMessage.HeadEntry(id(), size(), prefix(head.head().root()));
    }
  }

  /** A head that changed since, and the size then; {@link PeerSession#UNKNOWN} when not known. */
  record Changed(Entry entry, long sizeThen) {}

  /** At {@code revision} of this table a peer had a set of this digest, as we had. */
  @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
  private record InStep(byte[] digest, long revision, Map<LogId, Long> sizesThen) {
    void note(LogId log, long size) {
      if (sizesThen.size() < MAX_SIZES) {
        sizesThen.putIfAbsent(log, size);
      }
    }
  }

  /** In the order of ids, for lists and digests. */
  private final TreeMap<LogId, Entry> entries = new TreeMap<>();

  /** The same for look-ups, of which there are some for every frame. */
  private final Map<LogId, Entry> byId = new HashMap<>();

  private final TreeMap<Long, LogId> byRevision = new TreeMap<>();
  private final Map<PeerId, InStep> inStep =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PeerId, InStep> eldest) {
          return size() > MAX_REMEMBERED_PEERS;
        }
      };
  private final ArrayDeque<InStep> followed = new ArrayDeque<>();
  private long revision;
  private byte @Nullable [] digest;

  /** The first eight bytes of a root, as lists of heads show it. */
  static long prefix(Hash root) {
    return ByteBuffer.wrap(root.toByteArray()).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  int size() {
    return entries.size();
  }

  long revision() {
    return revision;
  }

  @Nullable Entry get(LogId log) {
    return byId.get(log);
  }

  Collection<Entry> all() {
    return Collections.unmodifiableCollection(entries.values());
  }

  /** Takes a head that is larger than the one there; returns the size before, -1 if not taken. */
  long put(LogName name, Checkpoint head) {
    Entry old = byId.get(head.log());
    long before = old == null ? 0 : old.size();
    if (head.head().size() <= before) {
      return -1;
    }
    if (old != null) {
      byRevision.remove(old.revision());
    }
    followed.forEach(known -> known.note(head.log(), before));
    revision++;
    Entry entry = new Entry(name, head, revision);
    entries.put(head.log(), entry);
    byId.put(head.log(), entry);
    byRevision.put(revision, head.log());
    digest = null;
    return before;
  }

  /** SHA-256 over id, size and root of every head, in the order of ids. */
  byte[] digest() {
    byte[] known = digest;
    if (known == null) {
      MessageDigest sha256 = Sha256.newDigest();
      ByteBuffer buffer = ByteBuffer.allocate(ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      for (Entry entry : entries.values()) {
        buffer.clear();
        entry.id().putTo(buffer);
        buffer.putLong(entry.size());
        entry.head().head().root().putTo(buffer);
        sha256.update(buffer.array());
      }
      known = sha256.digest();
      digest = known;
    }
    return known;
  }

  /** The digest as lists refer to it. */
  byte[] reference() {
    return Arrays.copyOf(digest(), SyncCodec.SHORT_BYTES);
  }

  /** Remembers that a peer has the set that this table has now. */
  void rememberInStep(PeerId peer) {
    InStep now = new InStep(reference(), revision, new HashMap<>());
    InStep before = inStep.put(peer, now);
    if (!followed.remove(before) && followed.size() == MAX_FOLLOWED_PEERS) {
      followed.removeFirst().sizesThen().clear();
    }
    followed.addLast(now);
  }

  /** The set that a peer was last known to have, or null. */
  byte @Nullable [] referenceOf(PeerId peer) {
    InStep known = inStep.get(peer);
    return known == null ? null : known.digest();
  }

  /** Heads that changed since a peer had the set of that reference, or null if that is unknown. */
  @Nullable List<Changed> changedSince(PeerId peer, byte[] reference) {
    InStep known = inStep.get(peer);
    if (known == null || !Arrays.equals(known.digest(), reference)) {
      return null;
    }
    List<Changed> changed = new ArrayList<>();
    for (LogId log : byRevision.tailMap(known.revision(), false).values()) {
      Entry entry = byId.get(log);
      if (entry != null) {
        long then = known.sizesThen().getOrDefault(log, PeerSession.UNKNOWN);
        changed.add(new Changed(entry, then));
      }
    }
    return changed;
  }
}
