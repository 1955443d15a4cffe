package xf.gossip.sync;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.XfException;
import xf.gossip.ProvedEvent;
import xf.gossip.Refusal;
import xf.gossip.net.PeerId;
import xf.merkle.Checkpoint;
import xf.merkle.InclusionProof;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/**
 * Reads single events of logs, be they here or not. Where our tree covers the place the event is
 * compared with the hash that is there, and no proof is sent; otherwise it comes with the newest
 * signed head and a proof. A member that has not all of it, or sends something else, is passed over
 * for the next one.
 */
final class SparseReader {
  private static final int MAX_READS = 64;

  private final Context context;
  private final Iterable<PeerSession> sessions;
  private final Map<Long, Read> reads = new LinkedHashMap<>();
  private final LateAnswers late = new LateAnswers();

  /** A read under way: one peer is asked at a time. */
  private static final class Read {
    final long number;
    final LogName name;
    final LogId id;

    /** What is at these places here; empty when not all of them are. */
    final Map<Long, Hash> expected;

    final List<Long> missing;
    final List<ProvedEvent> found = new ArrayList<>();
    final Set<PeerId> tried = new HashSet<>();
    @Nullable PeerId asked;
    long deadlineNs;

    Read(SyncInput.Read input, LogId id, Map<Long, Hash> expected) {
      this.number = input.number();
      this.name = input.log();
      this.id = id;
      this.expected = expected;
      this.missing = new ArrayList<>(input.indexes());
    }

    boolean isCovered() {
      return !expected.isEmpty();
    }
  }

  SparseReader(Context context, Iterable<PeerSession> sessions) {
    this.context = context;
    this.sessions = sessions;
  }

  /** Begins a read; its indexes are in order and each is there once. */
  void start(SyncInput.Read input) {
    if (reads.size() >= MAX_READS) {
      fail(input.number(), ErrorCode.OVERLOADED, "more than " + MAX_READS + " reads wait");
      return;
    }
    LogId id = input.log().id();
    Read read = new Read(input, id, expected(id, input.indexes()));
    reads.put(read.number, read);
    askNext(read);
  }

  private Map<Long, Hash> expected(LogId log, List<Long> indexes) {
    Map<Long, Hash> hashes = new HashMap<>();
    try {
      if (indexes.get(indexes.size() - 1) < context.replica.size(log)) {
        indexes.forEach(index -> hashes.put(index, context.replica.node(log, 0, index)));
      }
      return hashes;
    } catch (XfException e) {
      return Map.of(); // our own pages are damaged: a proof will do as well
    }
  }

  private void askNext(Read read) {
    for (PeerSession session : sessions) {
      if (session.isProved() && !session.isClosed() && read.tried.add(session.peer())) {
        ask(read, session);
        return;
      }
    }
    reads.remove(read.number);
    String what = read.missing.size() + " events of log " + read.id;
    fail(
        read.number,
        ErrorCode.UNAVAILABLE,
        what + ": none of " + read.tried.size() + " connected members gave them");
  }

  private void ask(Read read, PeerSession session) {
    read.asked = session.peer();
    read.deadlineNs = context.nowNs() + context.limits.requestTimeoutNs();
    session.send(new SyncMessage.GetSparse(read.id, !read.isCovered(), List.copyOf(read.missing)));
  }

  private void fail(long number, ErrorCode code, String what) {
    context.emit(
        new SyncOutput.ReadDone(number, List.of(), new XfException(code, "read: " + what)));
  }

  void onSparse(PeerSession session, SyncMessage.Sparse answer) {
    Read read = find(session.peer(), answer.log());
    if (read == null) {
      if (!late.excuses(session.peer(), answer.log(), 1)) {
        session.refuse(Refusal.UNSOLICITED, "single events that were not asked for");
      }
      return;
    }
    read.asked = null;
    if (answer.events().isEmpty()) {
      askNext(read);
      return;
    }
    try {
      List<ProvedEvent> proved = prove(read, answer);
      read.found.addAll(proved);
      read.missing.subList(0, proved.size()).clear();
      session.countEvents(proved.size());
    } catch (XfException e) {
      session.refuse(refusal(e), "log " + read.id + ": " + e.getMessage());
      askNext(read);
      return;
    }
    if (read.missing.isEmpty()) {
      reads.remove(read.number);
      context.emit(new SyncOutput.ReadDone(read.number, List.copyOf(read.found), null));
    } else {
      ask(read, session);
    }
  }

  private static Refusal refusal(XfException e) {
    return e.code() == ErrorCode.NOT_VERIFIED ? Refusal.WRONG_PROOF : Refusal.BAD_FRAME;
  }

  private @Nullable Read find(PeerId peer, LogId log) {
    for (Read read : reads.values()) {
      if (peer.equals(read.asked) && read.id.equals(log)) {
        return read;
      }
    }
    return null;
  }

  /** All events of an answer, or an exception: nothing is taken of what is partly wrong. */
  private List<ProvedEvent> prove(Read read, SyncMessage.Sparse answer) {
    Optional<Checkpoint> head = Optional.empty();
    if (!read.isCovered()) {
      head = Optional.of(verifiedHead(read, answer));
    }
    if (answer.events().size() > read.missing.size()) {
      throw new XfException(ErrorCode.BAD_FORMAT, "more events than were asked for");
    }
    List<ProvedEvent> proved = new ArrayList<>();
    for (SyncMessage.SparseEvent event : answer.events()) {
      long index = read.missing.get(proved.size());
      byte[] bytes = unpack(read, event.run(), index);
      Hash leaf = leaf(bytes);
      Optional<ProvedEvent.Proof> proof = Optional.empty();
      if (head.isPresent()) {
        proof = Optional.of(proof(head.get(), index, path(answer, event), leaf));
      } else if (!leaf.equals(read.expected.get(index))) {
        throw new XfException(
            ErrorCode.NOT_VERIFIED, "event " + index + " is another one than that of our tree");
      }
      proved.add(new ProvedEvent(read.id, index, bytes, proof));
    }
    return proved;
  }

  private Checkpoint verifiedHead(Read read, SyncMessage.Sparse answer) {
    SyncMessage.Signed signed =
        answer
            .head()
            .orElseThrow(() -> new XfException(ErrorCode.BAD_FORMAT, "proofs without a head"));
    TreeHead head = new TreeHead(answer.size(), signed.root());
    Checkpoint checkpoint = new Checkpoint(read.id, read.name.author(), head, signed.signature());
    context.signatures.verify(checkpoint);
    return checkpoint;
  }

  private static byte[] unpack(Read read, SyncMessage.Run packed, long index) {
    if (packed.from() != index || packed.count() != 1) {
      throw new XfException(
          ErrorCode.BAD_FORMAT,
          packed.count() + " events from " + packed.from() + ", expected one: " + index);
    }
    EventRun run = new EventRun(read.name.streamClass(), index);
    run.unpack(packed.packed(), 1);
    return run.copy(0);
  }

  private Hash leaf(byte[] bytes) {
    byte[] leaf = new byte[TreeHasher.HASH_BYTES];
    context.hasher.leaf(bytes, 0, bytes.length, leaf, 0);
    return Hash.of(leaf);
  }

  private static List<Hash> path(SyncMessage.Sparse answer, SyncMessage.SparseEvent event) {
    return event.path().stream().map(answer.hashes()::get).toList();
  }

  private ProvedEvent.Proof proof(Checkpoint head, long index, List<Hash> path, Hash leaf) {
    InclusionProof inclusion = new InclusionProof(index, head.head().size(), path);
    inclusion.verify(context.hasher, leaf, head.head());
    return new ProvedEvent.Proof(head, inclusion);
  }

  /** A peer is gone: somebody else is asked. */
  void onClosed(PeerId peer) {
    late.onClosed(peer);
    for (Read read : List.copyOf(reads.values())) {
      if (peer.equals(read.asked)) {
        read.asked = null;
        askNext(read);
      }
    }
  }

  /** Gives up on answers that are late. */
  void onTick(Sessions proved) {
    for (Read read : List.copyOf(reads.values())) {
      PeerId asked = read.asked;
      if (asked != null && context.nowNs() > read.deadlineNs) {
        PeerSession session = proved.find(asked);
        if (session != null) {
          session.refuse(Refusal.STALLED, "no answer for events of log " + read.id);
        }
        late.expect(asked, read.id, 1);
        read.asked = null;
        askNext(read);
      }
    }
  }
}
