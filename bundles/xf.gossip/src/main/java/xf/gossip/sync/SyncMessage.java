package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import xf.event.AuthorKey;
import xf.event.GroupId;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.StreamClass;

/**
 * What peers say to one another. Byte arrays and buffers in them are not to be changed; a buffer
 * that was decoded is borrowed from its frame.
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody: they are made, sent and read
sealed interface SyncMessage {

  /** First of the dialling side: a proof that names the group to members only. */
  record Open(byte[] nonce, byte[] proof, byte[] digest) implements SyncMessage {}

  /** Answer to it, the other side's proof. */
  record Accept(byte[] nonce, byte[] proof, byte[] digest) implements SyncMessage {}

  /** A log's size and the first eight bytes of its root. */
  record HeadEntry(LogId log, long size, long rootPrefix) {}

  /** What a list of heads is. */
  enum ListKind {
    /** All there are. */
    ALL(0),
    /** Those that changed since both sides had the set that {@code reference} names. */
    SINCE(1);

    private final byte code;

    ListKind(int code) {
      this.code = (byte) code;
    }

    byte code() {
      return code;
    }
  }

  /** Heads in short. */
  record Heads(ListKind kind, byte[] reference, List<HeadEntry> entries) implements SyncMessage {}

  /** The set that a list refers to is not remembered. */
  record UnknownReference() implements SyncMessage {}

  /** A negentropy message. */
  record Reconcile(ByteBuffer bytes) implements SyncMessage {}

  /** Salted tags of logs that the other side is to send; of the dialling side, none: it is done. */
  record NeedIds(List<ByteBuffer> ids) implements SyncMessage {}

  /** A log whose head is wanted, and how much of it is here. */
  record WantEntry(LogId log, long have) {}

  /** Asks for heads. */
  record Want(List<WantEntry> entries) implements SyncMessage {}

  /** All of a log's name but the group. */
  record ShortName(StreamClass streamClass, String topic, AuthorKey author, int epoch) {
    static ShortName of(LogName name) {
      return new ShortName(name.streamClass(), name.topic(), name.author(), name.epoch());
    }

    LogName in(GroupId group) {
      return new LogName(group, streamClass, topic, author, epoch);
    }
  }

  /** Signature of the checkpoint at the end of a page; its root is known to who has the events. */
  record Seal(long page, byte[] signature) {}

  /** Events in a row, packed (see {@link EventPacker}), and seals of pages that end in them. */
  record Run(long from, int count, ByteBuffer packed, List<Seal> seals) {
    static final Run NONE = new Run(0, 0, ByteBuffer.allocate(0), List.of());

    long end() {
      return from + count;
    }
  }

  /** A signed head; its last events may ride with it. */
  record Head(LogId log, Optional<ShortName> name, long size, Hash root, byte[] signature, Run run)
      implements SyncMessage {}

  /** Asks for events {@code [from, to)}. */
  record GetEvents(LogId log, long from, long to) implements SyncMessage {}

  /** A piece of the answer; the next one follows until all that was asked for is there. */
  record Events(LogId log, Run run) implements SyncMessage {}

  /** What is asked for cannot be given. */
  record Unavailable(LogId log, long from) implements SyncMessage {}

  /** Asks for the roots of the pages from {@code firstPage} to the end of the tree of a size. */
  record GetNodes(LogId log, long size, long firstPage) implements SyncMessage {}

  /** Page roots from {@code firstPage} on; {@code tail}: the peaks after the last whole page. */
  record Nodes(LogId log, long size, long firstPage, ByteBuffer roots, ByteBuffer tail)
      implements SyncMessage {}

  /** Asks for the peaks of the tree of a size. */
  record GetPeaks(LogId log, long size) implements SyncMessage {}

  /** Peaks from the largest to the smallest. */
  record Peaks(LogId log, long size, List<Hash> hashes) implements SyncMessage {}

  /** Asks for a consistency proof. */
  record GetConsistency(LogId log, long oldSize, long newSize) implements SyncMessage {}

  /** The proof. */
  record Consistency(LogId log, long oldSize, long newSize, List<Hash> path)
      implements SyncMessage {}

  /** Evidence of a fork, as a file. */
  record Fork(byte[] evidence) implements SyncMessage {}

  /** Compares sets again; {@code ask}: the other side is to answer with its own. */
  record Check(byte[] digest, boolean ask) implements SyncMessage {}

  /** Where members may be reached: their own signed records ({@link MemberRecord}). */
  record Members(List<byte[]> records) implements SyncMessage {}

  /**
   * Asks for single events of a log, in the order of their indexes; with proofs: for the newest
   * signed head and a proof for each event, too.
   */
  record GetSparse(LogId log, boolean proofs, List<Long> indexes) implements SyncMessage {}

  /** Root and signature of a head. */
  record Signed(Hash root, byte[] signature) {}

  /** One event; its inclusion proof as places in the answer's list of hashes. */
  record SparseEvent(Run run, List<Integer> path) {}

  /**
   * As many of the events as fit, from the first that was asked for on; none: they are not to be
   * had here. What several proofs share is there once.
   */
  record Sparse(
      LogId log, long size, Optional<Signed> head, List<Hash> hashes, List<SparseEvent> events)
      implements SyncMessage {}
}
