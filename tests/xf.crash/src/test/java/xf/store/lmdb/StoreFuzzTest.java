package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Txn;
import xf.crash.Folders;
import xf.crash.Fuzz;
import xf.event.AuthorKey;
import xf.event.Dependency;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.GroupId;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.store.StoreException;

/** Events, chunks and the small records, whatever is in them. */
class StoreFuzzTest {
  private static final LogName NAME =
      new LogName(
          GroupId.of(new byte[32]), StreamClass.TOPIC, "füzz", AuthorKey.of(new byte[32]), 3);

  private final Path folder = Folders.make("fuzz");

  @AfterEach
  void delete() {
    Folders.delete(folder);
  }

  private static ByteBuffer le(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** An event with dependencies, as a store writes it. */
  private byte[] event() {
    try (LmdbEventStore store = LmdbEventStore.open(folder.resolve("event"))) {
      EventLog log = store.open(NAME);
      ByteBuffer payload = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5});
      Dependency other = new Dependency(log.id(), 7);
      log.append(new EventDraft(9, 0, 1_000, java.util.List.of(other, other), payload)).join();
      return log.read(0, EventView::copyBytes);
    }
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatIsNoEvent() {
    EventView view = new EventView();
    return Stream.of(
        Fuzz.of(
            "event",
            event(),
            bytes -> {
              view.wrapChecked(le(bytes), 0, bytes.length);
              for (int i = 0; i < view.dependencyCount(); i++) {
                Dependency unused = view.dependency(i);
              }
              byte[] unused = view.copyPayload();
            }));
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatIsNoRecord() {
    Run narrow = Run.of(positions(48));
    Run wide = Run.of(positions(1L << 40));
    return Stream.of(
        Fuzz.of("log name", NameRecord.encode(NAME), b -> NameRecord.decode(le(b), "name")),
        Fuzz.of("sealed record", narrow.encode(), b -> Run.decode(b, "run")),
        Fuzz.of("run, narrow", content(narrow), b -> Run.decode(sealed(b), "run")),
        Fuzz.of("run, wide", content(wide), b -> Run.decode(sealed(b), "run")),
        Fuzz.of("log number", new byte[4], b -> LogRegistry.numberIn(sealed(b), "logs")));
  }

  private static long[] positions(long step) {
    long[] positions = new long[Run.EVENTS];
    Arrays.setAll(positions, i -> 16 + step * i);
    return positions;
  }

  private static byte[] content(Run run) {
    byte[] record = run.encode();
    return Arrays.copyOf(record, record.length - 4);
  }

  private static byte[] sealed(byte[] content) {
    return SealedRecord.seal(SealedRecord.allocate(content.length).put(content));
  }

  /** Each input lies in LMDB, as a damaged chunk would, and everything in it is looked at. */
  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatIsNoChunk() {
    byte[] event = event();
    byte[] chunk;
    try (RawTables tables = new RawTables(folder.resolve("event"))) {
      chunk = tables.rows("events").firstEntry().getValue();
    }
    assert chunk.length > event.length;
    NativeMemory memory = new NativeMemory();
    Path scratch = folder.resolve("chunk");
    if (!scratch.toFile().mkdir()) {
      throw new AssertionError(scratch);
    }
    Env<Slice> env =
        Env.create(new SliceProxy(memory))
            .setMapSize(1 << 26)
            .setMaxDbs(Tables.COUNT)
            .open(scratch.toFile(), EnvFlags.MDB_NOTLS, EnvFlags.MDB_NOSYNC);
    Tables tables = new Tables(env);
    Reader reader = new Reader(env, tables, memory);
    WriteTransaction.Buffers buffers = new WriteTransaction.Buffers();
    return Stream.of(
            Fuzz.of(
                "chunk",
                chunk,
                bytes -> {
                  try (Txn<Slice> txn = env.txnWrite()) {
                    WriteTransaction write = new WriteTransaction(memory, buffers, txn);
                    write.key().order(ByteOrder.nativeOrder()).putLong(0);
                    write.key().order(ByteOrder.BIG_ENDIAN).position(8);
                    write.put(tables.events, bytes);
                    txn.commit();
                  }
                  reader.begin();
                  try {
                    look(reader);
                  } finally {
                    reader.end();
                  }
                }))
        .onClose(
            () -> {
              reader.close();
              env.close();
            });
  }

  private static void look(Reader reader) {
    if (!reader.atOrAfterChunk(0)) {
      throw new AssertionError("the chunk that was put is not there");
    }
    LogEnds ends = new LogEnds();
    for (int at = ChunkDescriptor.HEADER_BYTES; at < reader.chunkBytes(); ) {
      int number = reader.logNumber(at);
      if (!ends.isPossible(number)) {
        throw new StoreException(xf.event.ErrorCode.NOT_VERIFIED, "log number " + number);
      }
      if (reader.isName(at)) {
        ends.name(number, reader.name(at));
      } else {
        EventView event = reader.event(at);
        event.wrapChecked(event.buffer(), event.offset(), event.lengthBytes());
        byte[] unused = event.copyPayload();
      }
      at += reader.recordBytes(at);
    }
  }
}
