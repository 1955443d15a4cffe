package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import xf.event.ErrorCode;
import xf.event.EventDescriptor;
import xf.event.EventView;
import xf.event.Hash;
import xf.event.Sha256;
import xf.store.EventPlace;
import xf.store.StageChange;
import xf.store.StoreException;

/**
 * Finds events by id. A tree insert at a random place for every event would double the cost of an
 * append for a question few applications ask, so the index is built when it is first asked for and
 * brought up to date by each later question.
 */
final class IdIndex {
  private static final int BATCH_EVENTS = 16_384;
  static final int KEY_BYTES = 16;

  private final LmdbEventStore store;
  private final Tables tables;
  private final MessageDigest digest = Sha256.newDigest();
  private final byte[] scratch = new byte[EventDescriptor.MAX_EVENT_BYTES];

  /** An id's first eight bytes, unsigned, and where its event is. */
  private record Entry(long prefix, long position) implements Comparable<Entry> {
    @Override
    public int compareTo(Entry other) {
      int byPrefix = Long.compareUnsigned(prefix, other.prefix);
      return byPrefix != 0 ? byPrefix : Long.compare(position, other.position);
    }
  }

  IdIndex(LmdbEventStore store, Tables tables) {
    this.store = store;
    this.tables = tables;
  }

  Optional<EventPlace> find(Hash id) {
    catchUp();
    byte[] idBytes = id.toByteArray();
    return Optional.ofNullable(store.reading(reader -> find(reader, id, idBytes)));
  }

  private @Nullable EventPlace find(Reader reader, Hash id, byte[] idBytes) {
    try (Cursor<Slice> at = reader.openCursor(tables.ids)) {
      reader.key().put(idBytes, 0, 8).putLong(0);
      for (boolean more = reader.seek(at); more; more = reader.next(at)) {
        ByteBuffer key = ByteBuffer.wrap(reader.copy(at.key()));
        if (key.getLong(0) != ByteBuffer.wrap(idBytes).getLong(0)) {
          return null;
        }
        EventPlace place = place(reader, key.getLong(8), id);
        if (place != null) {
          return place;
        }
      }
      return null;
    }
  }

  private @Nullable EventPlace place(Reader reader, long position, Hash id) {
    int offset = ChunkDescriptor.offset(position);
    if (!reader.atChunk(ChunkDescriptor.chunk(position))) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED, "ids table: no event at position " + position);
    }
    EventView event = reader.event(offset);
    return event.copyId().equals(id)
        ? new EventPlace(store.logs().byNumber(reader, reader.logNumber(offset)), event.index())
        : null;
  }

  private synchronized void catchUp() {
    LmdbStage stage = new LmdbStage(store, tables, "ids");
    long cursor = stage.cursor();
    List<Entry> entries = new ArrayList<>();
    while (cursor < store.endPosition()) {
      entries.clear();
      cursor =
          store.scan(
              cursor,
              BATCH_EVENTS,
              (log, position, event) -> entries.add(new Entry(prefix(event), position)));
      Collections.sort(entries);
      commit(stage, entries, cursor);
    }
  }

  private void commit(LmdbStage stage, List<Entry> entries, long cursor) {
    store.await(store.change(txn -> put(txn, entries), () -> {}));
    store.await(stage.commit(new StageChange(cursor)));
  }

  private void put(WriteTransaction txn, List<Entry> entries) {
    for (Entry entry : entries) {
      assert KEY_BYTES == 16;
      txn.key().putLong(entry.prefix).putLong(entry.position);
      txn.put(tables.ids, new byte[] {1});
    }
  }

  private long prefix(EventView event) {
    event.digestLeaf(digest, scratch);
    return ByteBuffer.wrap(digest.digest()).order(ByteOrder.BIG_ENDIAN).getLong();
  }
}
