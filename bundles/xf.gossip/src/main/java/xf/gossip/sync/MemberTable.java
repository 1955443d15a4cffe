package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.GroupId;
import xf.event.XfException;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;
import xf.store.Stage;
import xf.store.StageChange;

/**
 * Members of groups and where they may be reached, in the table of a stage. A bounded number for
 * each group; the one that was not seen for longest makes room.
 *
 * <pre>
 *   "member/" | group 32 | peer id       last seen u64 big-endian | addresses, a line each
 *   "record/" | group 32 | peer id       its {@link MemberRecord}
 * </pre>
 */
final class MemberTable {
  static final int MAX_MEMBERS = 1_024;
  private static final Logger LOG = LoggerFactory.getLogger(MemberTable.class);
  private static final byte[] PREFIX = "member/".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] RECORD_PREFIX = "record/".getBytes(StandardCharsets.US_ASCII);
  private static final int PEER_OFFSET = PREFIX.length + GroupId.LENGTH_BYTES;

  private final Stage stage;
  private final Map<GroupId, Map<PeerId, Entry>> groups = new LinkedHashMap<>();

  /** A member; 0 when it was only heard of. */
  record Entry(PeerId peer, long lastSeenMs, List<Multiaddr> addresses) {}

  MemberTable(Stage stage) {
    this.stage = stage;
    stage.scan(PREFIX, this::load);
  }

  /** Records of members that came with their signatures; one that is damaged is left out. */
  List<MemberRecord> records(GroupId group) {
    List<MemberRecord> records = new ArrayList<>();
    for (PeerId peer : of(group).keySet()) {
      try {
        stage
            .get(key(RECORD_PREFIX, group, peer))
            .map(MemberRecord::parse)
            .filter(record -> record.isSignedFor(group))
            .ifPresent(records::add);
      } catch (XfException e) {
        LOG.warn("a remembered record of a member is left out: {}", e.getMessage());
      }
    }
    return records;
  }

  /** Remembers a verified record: it says where the member is, and nothing else does any more. */
  void learn(GroupId group, MemberRecord record) {
    Entry known = of(group).get(record.peer());
    long seenMs = known == null ? 0 : known.lastSeenMs();
    put(
        group,
        new Entry(record.peer(), seenMs, record.addresses()),
        new StageChange(StageChange.SAME_CURSOR)
            .put(key(RECORD_PREFIX, group, record.peer()), record.bytes()));
  }

  private boolean load(byte[] key, byte[] value) {
    if (key.length <= PEER_OFFSET
        || !Arrays.equals(key, 0, PREFIX.length, PREFIX, 0, PREFIX.length)) {
      return false;
    }
    try {
      GroupId group = GroupId.of(Arrays.copyOfRange(key, PREFIX.length, PEER_OFFSET));
      PeerId peer = PeerId.ofMultihash(Arrays.copyOfRange(key, PEER_OFFSET, key.length));
      long seen = ByteBuffer.wrap(value).getLong();
      String lines =
          new String(value, Long.BYTES, value.length - Long.BYTES, StandardCharsets.UTF_8);
      of(group).put(peer, new Entry(peer, seen, parse(lines.lines().toList())));
    } catch (XfException e) {
      LOG.warn("a remembered member cannot be read and is left out: {}", e.getMessage());
    }
    return true;
  }

  /** The addresses that can be read; others are passed over. */
  static List<Multiaddr> parse(Collection<String> texts) {
    List<Multiaddr> addresses = new ArrayList<>();
    for (String text : texts) {
      try {
        addresses.add(Multiaddr.parse(text));
      } catch (XfException e) {
        LOG.debug("an address that cannot be read is left out: {}", e.getMessage());
      }
    }
    return addresses;
  }

  private Map<PeerId, Entry> of(GroupId group) {
    return groups.computeIfAbsent(group, each -> new LinkedHashMap<>());
  }

  Collection<Entry> members(GroupId group) {
    return List.copyOf(of(group).values());
  }

  boolean has(GroupId group, PeerId peer) {
    return of(group).containsKey(peer);
  }

  /** Remembers that a member was seen. */
  void seen(GroupId group, PeerId peer, long nowMs) {
    Entry known = of(group).get(peer);
    put(group, new Entry(peer, nowMs, known == null ? List.of() : known.addresses()));
  }

  /** Remembers where a member may be reached; it need not have been seen. */
  void reachable(GroupId group, PeerId peer, List<Multiaddr> addresses) {
    Entry known = of(group).get(peer);
    List<Multiaddr> before = known == null ? List.of() : known.addresses();
    List<Multiaddr> all =
        Stream.concat(addresses.stream(), before.stream())
            .distinct()
            .limit(SyncCodec.MAX_ADDRESSES)
            .toList();
    put(group, new Entry(peer, known == null ? 0 : known.lastSeenMs(), all));
  }

  private void put(GroupId group, Entry entry) {
    put(group, entry, new StageChange(StageChange.SAME_CURSOR));
  }

  private void put(GroupId group, Entry entry, StageChange change) {
    Map<PeerId, Entry> members = of(group);
    if (!members.containsKey(entry.peer()) && members.size() >= MAX_MEMBERS) {
      members.values().stream()
          .min((a, b) -> Long.compare(a.lastSeenMs(), b.lastSeenMs()))
          .ifPresent(
              oldest -> {
                members.remove(oldest.peer());
                remove(group, oldest.peer(), change);
              });
    }
    members.put(entry.peer(), entry);
    String lines = String.join("\n", entry.addresses().stream().map(Multiaddr::toString).toList());
    byte[] text = lines.getBytes(StandardCharsets.UTF_8);
    byte[] value =
        ByteBuffer.allocate(Long.BYTES + text.length).putLong(entry.lastSeenMs()).put(text).array();
    change.put(key(PREFIX, group, entry.peer()), value);
    commit(change);
  }

  /** Forgets all members of a group. */
  void forget(GroupId group) {
    StageChange change = new StageChange(StageChange.SAME_CURSOR);
    of(group).keySet().forEach(peer -> remove(group, peer, change));
    groups.remove(group);
    if (change.size() > 0) {
      commit(change);
    }
  }

  private static void remove(GroupId group, PeerId peer, StageChange change) {
    change.remove(key(PREFIX, group, peer)).remove(key(RECORD_PREFIX, group, peer));
  }

  private void commit(StageChange change) {
    CompletableFuture<Void> unused =
        stage
            .commit(change)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null) {
                    LOG.warn("a member is not remembered durably: {}", failure.getMessage());
                  }
                });
  }

  private static byte[] key(byte[] prefix, GroupId group, PeerId peer) {
    byte[] id = peer.toByteArray();
    byte[] key = Arrays.copyOf(prefix, PEER_OFFSET + id.length);
    group.copyTo(key, prefix.length);
    System.arraycopy(id, 0, key, PEER_OFFSET, id.length);
    return key;
  }
}
