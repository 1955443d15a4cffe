package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.CompactRange;
import xf.merkle.ForkEvidence;
import xf.multiformats.Varint;

/**
 * The bytes of {@link SyncMessage}s. A frame is a varint length and as many bytes: a type byte and
 * the message's fields in the order of its record. Sizes, counts and indexes are varints, hashes
 * and signatures are as they are, lists begin with their count, fixed integers are little-endian.
 *
 * <p>Decoding allocates no more than a few times the frame and fails with {@link XfException} only.
 */
final class SyncCodec {
  /** Longest frame, length prefix not counted. */
  static final int MAX_FRAME_BYTES = 1 << 20;

  /** Longest frame before membership is proved. */
  static final int MAX_FIRST_FRAME_BYTES = 64;

  /** Bytes of nonces, proofs and blinded digests. */
  static final int SHORT_BYTES = 16;

  static final int VERSION = 2;
  static final int MAX_ENTRIES = 16_384;
  static final int MAX_HASHES = 30_000;
  static final int MAX_EVENTS = 8_192;
  static final int MAX_PROOF_HASHES = 63;
  static final int MAX_SEALS = 64;
  static final int MAX_ADDRESSES = 16;
  static final int MAX_ADDRESS_BYTES = 255;
  static final int MAX_SPARSE = 256;
  static final int MAX_RECORDS = 64;
  private static final int MAX_NEGENTROPY_BYTES = 1 << 16;
  private static final int PREFIX_BYTES = 4;

  private static final int OPEN = 1;
  private static final int ACCEPT = 2;
  private static final int HEADS = 4; // 3 was a proof of version 1, in a frame of its own
  private static final int UNKNOWN_REFERENCE = 5;
  private static final int RECONCILE = 6;
  private static final int NEED_IDS = 7;
  private static final int WANT = 8;
  private static final int HEAD = 9;
  private static final int GET_EVENTS = 10;
  private static final int EVENTS = 11;
  private static final int UNAVAILABLE = 12;
  private static final int GET_NODES = 13;
  private static final int NODES = 14;
  private static final int GET_PEAKS = 15;
  private static final int PEAKS = 16;
  private static final int GET_CONSISTENCY = 17;
  private static final int CONSISTENCY = 18;
  private static final int FORK = 19;
  private static final int CHECK = 20;
  private static final int GET_SPARSE = 22;
  private static final int SPARSE = 23;
  private static final int MEMBERS = 24; // 21 named addresses without a signature

  private static final int FLAG_NAME = 1;
  private static final int FLAG_RUN = 2;

  private SyncCodec() {}

  /** A whole frame, length prefix included, ready to be written. */
  static ByteBuffer encode(SyncMessage message) {
    ByteBuffer out =
        ByteBuffer.allocate(PREFIX_BYTES + sizeBound(message)).order(ByteOrder.LITTLE_ENDIAN);
    out.position(PREFIX_BYTES);
    write(message, out);
    int length = out.position() - PREFIX_BYTES;
    if (length > MAX_FRAME_BYTES) {
      throw new IllegalArgumentException("frame of " + length + " bytes: " + message.getClass());
    }
    int start = PREFIX_BYTES - Varint.lengthBytes(length);
    out.limit(out.position()).position(start);
    Varint.put(out, length);
    return out.position(start);
  }

  private static int sizeBound(SyncMessage message) {
    if (message instanceof SyncMessage.Heads m) {
      return 64 + 49 * m.entries().size();
    } else if (message instanceof SyncMessage.Want m) {
      return 64 + 41 * m.entries().size();
    } else if (message instanceof SyncMessage.NeedIds m) {
      return 64 + SaltedHeads.TAG_BYTES * m.ids().size();
    } else if (message instanceof SyncMessage.Reconcile m) {
      return 64 + m.bytes().remaining();
    } else if (message instanceof SyncMessage.Head m) {
      return 640 + runBound(m.run());
    } else if (message instanceof SyncMessage.Events m) {
      return 64 + runBound(m.run());
    } else if (message instanceof SyncMessage.Nodes m) {
      return 128 + m.roots().remaining() + m.tail().remaining();
    } else if (message instanceof SyncMessage.Fork m) {
      return 64 + m.evidence().length;
    } else if (message instanceof SyncMessage.Members m) {
      return 64 + m.records().stream().mapToInt(record -> 4 + record.length).sum();
    } else if (message instanceof SyncMessage.Sparse m) {
      return 256
          + Hash.LENGTH_BYTES * m.hashes().size()
          + m.events().stream().mapToInt(e -> runBound(e.run()) + 4 * e.path().size()).sum();
    }
    return 8_192;
  }

  private static int runBound(SyncMessage.Run run) {
    return 64 + run.packed().remaining() + 73 * run.seals().size();
  }

  private static void write(SyncMessage message, ByteBuffer out) {
    if (message instanceof SyncMessage.Open m) {
      type(out, OPEN).put((byte) VERSION).put(m.nonce()).put(m.proof()).put(m.digest());
    } else if (message instanceof SyncMessage.Accept m) {
      type(out, ACCEPT).put(m.nonce()).put(m.proof()).put(m.digest());
    } else if (message instanceof SyncMessage.Heads m) {
      writeHeads(m, type(out, HEADS));
    } else if (message instanceof SyncMessage.UnknownReference) {
      type(out, UNKNOWN_REFERENCE);
    } else if (message instanceof SyncMessage.Reconcile m) {
      type(out, RECONCILE).put(m.bytes().duplicate());
    } else if (message instanceof SyncMessage.NeedIds m) {
      Varint.put(type(out, NEED_IDS), m.ids().size());
      m.ids().forEach(id -> out.put(id.duplicate()));
    } else if (message instanceof SyncMessage.Want m) {
      writeWant(m, type(out, WANT));
    } else if (message instanceof SyncMessage.Head m) {
      writeHead(m, type(out, HEAD));
    } else if (message instanceof SyncMessage.GetEvents m) {
      numbers(log(type(out, GET_EVENTS), m.log()), m.from(), m.to());
    } else if (message instanceof SyncMessage.Events m) {
      writeRun(m.run(), log(type(out, EVENTS), m.log()));
    } else if (message instanceof SyncMessage.Unavailable m) {
      numbers(log(type(out, UNAVAILABLE), m.log()), m.from());
    } else {
      writeProofs(message, out);
    }
  }

  private static void writeProofs(SyncMessage message, ByteBuffer out) {
    if (message instanceof SyncMessage.GetNodes m) {
      numbers(log(type(out, GET_NODES), m.log()), m.size(), m.firstPage());
    } else if (message instanceof SyncMessage.Nodes m) {
      numbers(log(type(out, NODES), m.log()), m.size(), m.firstPage());
      numbers(out, m.roots().remaining() / Hash.LENGTH_BYTES);
      out.put(m.roots().duplicate()).put(m.tail().duplicate());
    } else if (message instanceof SyncMessage.GetPeaks m) {
      numbers(log(type(out, GET_PEAKS), m.log()), m.size());
    } else if (message instanceof SyncMessage.Peaks m) {
      numbers(log(type(out, PEAKS), m.log()), m.size());
      writeHashes(m.hashes(), out);
    } else if (message instanceof SyncMessage.GetConsistency m) {
      numbers(log(type(out, GET_CONSISTENCY), m.log()), m.oldSize(), m.newSize());
    } else if (message instanceof SyncMessage.Consistency m) {
      numbers(log(type(out, CONSISTENCY), m.log()), m.oldSize(), m.newSize());
      writeHashes(m.path(), out);
    } else if (message instanceof SyncMessage.Fork m) {
      type(out, FORK).put(m.evidence());
    } else if (message instanceof SyncMessage.Check m) {
      type(out, CHECK).put((byte) (m.ask() ? 1 : 0)).put(m.digest());
    } else if (message instanceof SyncMessage.Members m) {
      numbers(type(out, MEMBERS), m.records().size());
      for (byte[] record : m.records()) {
        numbers(out, record.length);
        out.put(record);
      }
    } else if (message instanceof SyncMessage.GetSparse m) {
      numbers(log(type(out, GET_SPARSE), m.log()), m.proofs() ? 1 : 0);
      numbers(out, m.indexes().size());
      m.indexes().forEach(index -> numbers(out, index));
    } else if (message instanceof SyncMessage.Sparse m) {
      writeSparse(m, log(type(out, SPARSE), m.log()));
    } else {
      throw new IllegalArgumentException("no such message: " + message);
    }
  }

  private static void writeSparse(SyncMessage.Sparse sparse, ByteBuffer out) {
    numbers(out, sparse.size(), sparse.head().isPresent() ? 1 : 0);
    sparse
        .head()
        .ifPresent(
            head -> {
              head.root().putTo(out);
              out.put(head.signature());
            });
    writeHashes(sparse.hashes(), out);
    numbers(out, sparse.events().size());
    for (SyncMessage.SparseEvent event : sparse.events()) {
      writeRun(event.run(), out);
      numbers(out, event.path().size());
      event.path().forEach(place -> numbers(out, place));
    }
  }

  private static void writeHeads(SyncMessage.Heads heads, ByteBuffer out) {
    out.put(heads.kind().code());
    if (heads.kind() == SyncMessage.ListKind.SINCE) {
      out.put(heads.reference());
    }
    numbers(out, heads.entries().size());
    for (SyncMessage.HeadEntry entry : heads.entries()) {
      numbers(log(out, entry.log()), entry.size());
      out.putLong(entry.rootPrefix());
    }
  }

  private static void writeWant(SyncMessage.Want want, ByteBuffer out) {
    numbers(out, want.entries().size());
    for (SyncMessage.WantEntry entry : want.entries()) {
      numbers(log(out, entry.log()), entry.have());
    }
  }

  private static void writeHead(SyncMessage.Head head, ByteBuffer out) {
    boolean hasRun = head.run().count() > 0;
    out.put((byte) ((head.name().isPresent() ? FLAG_NAME : 0) | (hasRun ? FLAG_RUN : 0)));
    log(out, head.log());
    head.name().ifPresent(name -> writeName(name, out));
    numbers(out, head.size());
    head.root().putTo(out);
    out.put(head.signature());
    if (hasRun) {
      writeRun(head.run(), out);
    }
  }

  private static void writeName(SyncMessage.ShortName name, ByteBuffer out) {
    out.put((byte) name.streamClass().code());
    name.author().putTo(out);
    numbers(out, name.epoch());
    writeText(name.topic(), out);
  }

  private static void writeRun(SyncMessage.Run run, ByteBuffer out) {
    numbers(out, run.from(), run.count(), run.seals().size());
    for (SyncMessage.Seal seal : run.seals()) {
      numbers(out, seal.page());
      out.put(seal.signature());
    }
    numbers(out, run.packed().remaining());
    out.put(run.packed().duplicate());
  }

  private static void writeHashes(List<Hash> hashes, ByteBuffer out) {
    numbers(out, hashes.size());
    hashes.forEach(hash -> hash.putTo(out));
  }

  private static void writeText(String text, ByteBuffer out) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    numbers(out, bytes.length);
    out.put(bytes);
  }

  private static ByteBuffer type(ByteBuffer out, int type) {
    return out.put((byte) type);
  }

  private static ByteBuffer log(ByteBuffer out, LogId log) {
    log.putTo(out);
    return out;
  }

  private static void numbers(ByteBuffer out, long... values) {
    for (long value : values) {
      Varint.put(out, value);
    }
  }

  /**
   * Reads a frame without its length prefix; buffers in the message are slices of it.
   *
   * @throws XfException when it is not a message, or not all of it is
   */
  static SyncMessage decode(ByteBuffer frame) {
    if (frame.remaining() > MAX_FRAME_BYTES) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          "frame of " + frame.remaining() + " bytes: at most " + MAX_FRAME_BYTES);
    }
    ByteBuffer in = frame.slice().order(ByteOrder.LITTLE_ENDIAN);
    SyncMessage message = read(in);
    if (in.hasRemaining()) {
      throw bad(
          in.remaining() + " bytes are left over after " + message.getClass().getSimpleName());
    }
    return message;
  }

  private static SyncMessage read(ByteBuffer in) {
    int type = Byte.toUnsignedInt(bytes(in, 1)[0]);
    return switch (type) {
      case OPEN -> readOpen(in);
      case ACCEPT -> new SyncMessage.Accept(shortBytes(in), shortBytes(in), shortBytes(in));
      case HEADS -> readHeads(in);
      case UNKNOWN_REFERENCE -> new SyncMessage.UnknownReference();
      case RECONCILE -> new SyncMessage.Reconcile(rest(in, MAX_NEGENTROPY_BYTES));
      case NEED_IDS -> readNeedIds(in);
      case WANT -> readWant(in);
      case HEAD -> readHead(in);
      case GET_EVENTS -> new SyncMessage.GetEvents(logId(in), number(in), number(in));
      case EVENTS -> new SyncMessage.Events(logId(in), readRun(in));
      case UNAVAILABLE -> new SyncMessage.Unavailable(logId(in), number(in));
      case GET_NODES -> new SyncMessage.GetNodes(logId(in), number(in), number(in));
      case NODES -> readNodes(in);
      case GET_PEAKS -> new SyncMessage.GetPeaks(logId(in), number(in));
      case PEAKS -> new SyncMessage.Peaks(logId(in), number(in), readHashes(in));
      case GET_CONSISTENCY -> new SyncMessage.GetConsistency(logId(in), number(in), number(in));
      case CONSISTENCY ->
          new SyncMessage.Consistency(logId(in), number(in), number(in), readHashes(in));
      case FORK -> new SyncMessage.Fork(toArray(rest(in, ForkEvidence.MAX_BYTES)));
      case CHECK -> readCheck(in);
      case MEMBERS -> readMembers(in);
      case GET_SPARSE -> readGetSparse(in);
      case SPARSE -> readSparse(in);
      default -> throw bad("type is " + type + ", expected 1 to " + SPARSE);
    };
  }

  private static SyncMessage.Open readOpen(ByteBuffer in) {
    int version = bytes(in, 1)[0];
    if (version != VERSION) {
      throw bad("version is " + version + ", expected " + VERSION);
    }
    return new SyncMessage.Open(shortBytes(in), shortBytes(in), shortBytes(in));
  }

  private static SyncMessage.Heads readHeads(ByteBuffer in) {
    SyncMessage.ListKind listKind = listKind(bytes(in, 1)[0]);
    byte[] reference = listKind == SyncMessage.ListKind.SINCE ? shortBytes(in) : new byte[0];
    int count = Varint.getBounded(in, MAX_ENTRIES, "heads");
    require(in, 41L * count);
    List<SyncMessage.HeadEntry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      LogId log = logId(in);
      long size = number(in);
      require(in, Long.BYTES);
      entries.add(new SyncMessage.HeadEntry(log, size, in.getLong()));
    }
    return new SyncMessage.Heads(listKind, reference, entries);
  }

  private static SyncMessage.ListKind listKind(byte code) {
    for (SyncMessage.ListKind kind : SyncMessage.ListKind.values()) {
      if (kind.code() == code) {
        return kind;
      }
    }
    throw bad("kind of list is " + code + ", expected 0 or 1");
  }

  private static SyncMessage.NeedIds readNeedIds(ByteBuffer in) {
    int count = Varint.getBounded(in, MAX_ENTRIES, "tags");
    require(in, (long) SaltedHeads.TAG_BYTES * count);
    List<ByteBuffer> ids = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      ids.add(ByteBuffer.wrap(bytes(in, SaltedHeads.TAG_BYTES)));
    }
    return new SyncMessage.NeedIds(ids);
  }

  private static SyncMessage.Want readWant(ByteBuffer in) {
    int count = Varint.getBounded(in, MAX_ENTRIES, "wanted heads");
    require(in, 33L * count);
    List<SyncMessage.WantEntry> entries = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      entries.add(new SyncMessage.WantEntry(logId(in), number(in)));
    }
    return new SyncMessage.Want(entries);
  }

  private static SyncMessage.Head readHead(ByteBuffer in) {
    int flags = bytes(in, 1)[0];
    if ((flags & ~(FLAG_NAME | FLAG_RUN)) != 0) {
      throw bad("flags of a head are " + flags + ", expected 0 to 3");
    }
    LogId log = logId(in);
    Optional<SyncMessage.ShortName> name =
        (flags & FLAG_NAME) != 0 ? Optional.of(readName(in)) : Optional.empty();
    long size = number(in);
    Hash root = hash(in);
    byte[] signature = bytes(in, Checkpoint.SIGNATURE_BYTES);
    SyncMessage.Run run = (flags & FLAG_RUN) != 0 ? readRun(in) : SyncMessage.Run.NONE;
    return new SyncMessage.Head(log, name, size, root, signature, run);
  }

  private static SyncMessage.ShortName readName(ByteBuffer in) {
    StreamClass streamClass = StreamClass.ofCode(Byte.toUnsignedInt(bytes(in, 1)[0]));
    require(in, AuthorKey.LENGTH_BYTES);
    AuthorKey author = AuthorKey.of(bytes(in, AuthorKey.LENGTH_BYTES));
    int epoch = Varint.getBounded(in, Integer.MAX_VALUE, "epoch");
    return new SyncMessage.ShortName(
        streamClass, readText(in, LogName.MAX_TOPIC_BYTES), author, epoch);
  }

  private static SyncMessage.Run readRun(ByteBuffer in) {
    long from = number(in);
    int count = Varint.getBounded(in, MAX_EVENTS, "events");
    int sealCount = Varint.getBounded(in, MAX_SEALS, "seals");
    List<SyncMessage.Seal> seals = new ArrayList<>(sealCount);
    for (int i = 0; i < sealCount; i++) {
      seals.add(new SyncMessage.Seal(number(in), bytes(in, Checkpoint.SIGNATURE_BYTES)));
    }
    int length = Varint.getBounded(in, MAX_FRAME_BYTES, "packed events");
    return new SyncMessage.Run(from, count, slice(in, length), seals);
  }

  private static SyncMessage.Nodes readNodes(ByteBuffer in) {
    LogId log = logId(in);
    long size = number(in);
    long first = number(in);
    int count = Varint.getBounded(in, MAX_HASHES, "page roots");
    ByteBuffer roots = slice(in, count * Hash.LENGTH_BYTES);
    ByteBuffer tail = rest(in, 8 * Hash.LENGTH_BYTES);
    if (tail.remaining() % Hash.LENGTH_BYTES != 0) {
      throw bad("peaks of the tail are " + tail.remaining() + " bytes, expected whole hashes");
    }
    return new SyncMessage.Nodes(log, size, first, roots, tail);
  }

  private static SyncMessage.Check readCheck(ByteBuffer in) {
    int ask = bytes(in, 1)[0];
    if (ask != 0 && ask != 1) {
      throw bad("ask of a check is " + ask + ", expected 0 or 1");
    }
    return new SyncMessage.Check(shortBytes(in), ask == 1);
  }

  private static SyncMessage.Members readMembers(ByteBuffer in) {
    int count = Varint.getBounded(in, MAX_RECORDS, "records of members");
    List<byte[]> records = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      records.add(bytes(in, Varint.getBounded(in, MemberRecord.MAX_BYTES, "record of a member")));
    }
    return new SyncMessage.Members(records);
  }

  private static SyncMessage.GetSparse readGetSparse(ByteBuffer in) {
    LogId log = logId(in);
    boolean proofs = Varint.getBounded(in, 1, "proofs") == 1;
    int count = Varint.getBounded(in, MAX_SPARSE, "indexes");
    List<Long> indexes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      indexes.add(number(in));
    }
    return new SyncMessage.GetSparse(log, proofs, indexes);
  }

  private static SyncMessage.Sparse readSparse(ByteBuffer in) {
    LogId log = logId(in);
    long size = number(in);
    Optional<SyncMessage.Signed> head = Optional.empty();
    if (Varint.getBounded(in, 1, "head") == 1) {
      head = Optional.of(new SyncMessage.Signed(hash(in), bytes(in, Checkpoint.SIGNATURE_BYTES)));
    }
    List<Hash> hashes = readHashes(in, MAX_SPARSE * MAX_PROOF_HASHES);
    int count = Varint.getBounded(in, MAX_SPARSE, "single events");
    List<SyncMessage.SparseEvent> events = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      events.add(new SyncMessage.SparseEvent(readRun(in), readPath(in, hashes.size())));
    }
    return new SyncMessage.Sparse(log, size, head, hashes, events);
  }

  private static List<Integer> readPath(ByteBuffer in, int hashes) {
    int count = Varint.getBounded(in, MAX_PROOF_HASHES, "hashes of a proof");
    List<Integer> path = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      path.add(Varint.getBounded(in, hashes - 1, "place of a hash"));
    }
    return path;
  }

  private static List<Hash> readHashes(ByteBuffer in) {
    return readHashes(in, MAX_PROOF_HASHES);
  }

  private static List<Hash> readHashes(ByteBuffer in, int max) {
    int count = Varint.getBounded(in, max, "hashes");
    require(in, (long) count * Hash.LENGTH_BYTES);
    List<Hash> hashes = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      hashes.add(hash(in));
    }
    return hashes;
  }

  private static String readText(ByteBuffer in, int maxBytes) {
    ByteBuffer text = slice(in, Varint.getBounded(in, maxBytes, "text"));
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(text).toString();
    } catch (CharacterCodingException e) {
      throw new XfException(ErrorCode.BAD_FORMAT, "sync frame: a text is not UTF-8", e);
    }
  }

  private static long number(ByteBuffer in) {
    long value = Varint.get(in);
    if (value > CompactRange.MAX_SIZE) {
      throw bad("a size is " + value + ": at most 2^56");
    }
    return value;
  }

  private static LogId logId(ByteBuffer in) {
    return LogId.of(bytes(in, LogId.LENGTH_BYTES));
  }

  private static Hash hash(ByteBuffer in) {
    return Hash.of(bytes(in, Hash.LENGTH_BYTES));
  }

  private static byte[] shortBytes(ByteBuffer in) {
    return bytes(in, SHORT_BYTES);
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    require(in, length);
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static ByteBuffer slice(ByteBuffer in, int length) {
    require(in, length);
    ByteBuffer slice = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + length);
    return slice;
  }

  private static ByteBuffer rest(ByteBuffer in, int maxBytes) {
    if (in.remaining() > maxBytes) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          "sync frame: " + in.remaining() + " bytes, expected at most " + maxBytes);
    }
    return slice(in, in.remaining());
  }

  private static byte[] toArray(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static void require(ByteBuffer in, long lengthBytes) {
    if (in.remaining() < lengthBytes) {
      throw bad("it is cut short: " + in.remaining() + " bytes left, expected " + lengthBytes);
    }
  }

  private static XfException bad(String what) {
    return new XfException(ErrorCode.BAD_FORMAT, "sync frame: " + what);
  }
}
