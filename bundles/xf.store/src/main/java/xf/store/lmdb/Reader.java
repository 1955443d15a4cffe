package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.Env;
import org.lmdbjava.GetOp;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;
import xf.event.ErrorCode;
import xf.event.EventDescriptor;
import xf.event.EventView;
import xf.event.LogName;
import xf.store.StoreException;
import xf.store.lmdb.NativeMemory.Window;

/**
 * A read transaction and the buffers a read needs, used again and again: {@link #begin}, read,
 * {@link #end}. Belongs to one thread in between. Remembers the chunk it looked at last.
 */
final class Reader implements AutoCloseable {
  private static final long NO_CHUNK = -1;
  private static final int MAX_KEY_BYTES = 512;

  /** No small record is longer; a damaged length must not be believed. */
  private static final int MAX_VALUE_BYTES = 64 << 20;

  private final Tables tables;
  private final NativeMemory memory;
  private final Txn<Slice> txn;
  private final Cursor<Slice> cursor;
  private final ByteBuffer keyBytes =
      ByteBuffer.allocateDirect(MAX_KEY_BYTES).order(ByteOrder.BIG_ENDIAN);
  private final Slice key = Slice.over(keyBytes);
  private final ByteBuffer chunkKeyBytes =
      ByteBuffer.allocateDirect(8).order(ByteOrder.nativeOrder());
  private final Slice chunkKey = Slice.over(chunkKeyBytes);
  final EventView view = new EventView();

  private long chunk = NO_CHUNK;
  private @Nullable Window window;
  private int chunkAt;
  private int chunkBytes;

  Reader(Env<Slice> env, Tables tables, NativeMemory memory) {
    this.tables = tables;
    this.memory = memory;
    this.txn = env.txnRead();
    try {
      this.cursor = tables.events.openCursor(txn);
    } catch (RuntimeException e) {
      txn.close();
      throw e;
    }
    txn.reset();
  }

  void begin() {
    txn.renew();
  }

  void end() {
    view.clear();
    chunk = NO_CHUNK;
    txn.reset();
  }

  @Override
  public void close() {
    cursor.close();
    txn.close();
  }

  // Chunks and the events in them.

  /** Looks at a chunk; false when there is no such chunk. */
  boolean atChunk(long number) {
    if (number == chunk) {
      return true;
    }
    chunkKeyBytes.putLong(0, number);
    Slice value;
    try {
      value = tables.events.get(txn, chunkKey);
    } catch (LmdbException e) {
      throw unreadable(e);
    }
    return value != null && look(number, value);
  }

  /** Looks at the first chunk with this number or a higher one. */
  boolean atOrAfterChunk(long number) {
    boolean found;
    try {
      cursor.renew(txn);
      chunkKeyBytes.putLong(0, number);
      found = cursor.get(chunkKey, GetOp.MDB_SET_RANGE);
    } catch (LmdbException e) {
      throw unreadable(e);
    }
    return found && look(cursorKey(), cursor.val());
  }

  /** Looks at the chunk after; only after {@link #atOrAfterChunk} in the same transaction. */
  boolean atNextChunk() {
    return next(cursor) && look(cursorKey(), cursor.val());
  }

  /** Number of the chunk the cursor is at, also when that chunk could not be looked at. */
  long cursorChunk() {
    return cursorKey();
  }

  private long cursorKey() {
    Slice at = cursor.key();
    Window keyWindow = memory.window(at.address());
    return keyWindow.buffer().getLong(keyWindow.offset(at.address()));
  }

  private boolean look(long number, Slice value) {
    Window valueWindow = memory.window(value.address());
    int at = valueWindow.offset(value.address());
    int length = value.length();
    boolean sound =
        length >= ChunkDescriptor.HEADER_BYTES
            && valueWindow.buffer().getInt(at + ChunkDescriptor.MAGIC_OFFSET)
                == ChunkDescriptor.MAGIC
            && valueWindow.buffer().getInt(at + ChunkDescriptor.LENGTH_OFFSET) == length;
    if (!sound) {
      throw damaged(number, 0, "its header does not fit its " + length + " bytes");
    }
    chunk = number;
    window = valueWindow;
    chunkAt = at;
    chunkBytes = length;
    return true;
  }

  long chunk() {
    return chunk;
  }

  int chunkBytes() {
    return chunkBytes;
  }

  /** The bytes of the chunk looked at; borrowed. */
  ByteBuffer chunkView() {
    return buffer().slice(chunkAt, chunkBytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Points the view at the event whose record starts at {@code offset} of the chunk. Its own
   * lengths must agree with the record's: the buffer reaches far beyond the map, and a damaged
   * length must not lead a reader there.
   */
  EventView event(int offset) {
    int length = eventLength(offset);
    view.wrap(buffer(), chunkAt + offset + ChunkDescriptor.RECORD_HEADER_BYTES, length);
    if (length < EventDescriptor.HEADER_BYTES
        || (long) view.payloadLengthBytes()
                + (long) view.dependencyCount() * EventDescriptor.DEPENDENCY_BYTES
            != length - EventDescriptor.HEADER_BYTES
        || view.payloadLengthBytes() < 0) {
      view.clear();
      throw damaged(chunk, offset, "the event's own lengths do not fit its " + length + " bytes");
    }
    return view;
  }

  int eventLength(int offset) {
    int length = lengthField(offset);
    if (length < 0 || !fits(offset, length)) {
      throw damaged(chunk, offset, "length " + length + " does not fit");
    }
    return length;
  }

  private int lengthField(int offset) {
    if (offset < ChunkDescriptor.HEADER_BYTES
        || offset > chunkBytes - ChunkDescriptor.RECORD_HEADER_BYTES) {
      throw damaged(chunk, offset, "it is beyond the chunk's " + chunkBytes + " bytes");
    }
    return buffer().getInt(chunkAt + offset + ChunkDescriptor.EVENT_LENGTH_OFFSET);
  }

  private boolean fits(int offset, int length) {
    return length <= EventDescriptor.MAX_EVENT_BYTES
        && length <= chunkBytes - offset - ChunkDescriptor.RECORD_HEADER_BYTES;
  }

  /** Whether the record is there to hold the name of a log, not an event. */
  boolean isName(int offset) {
    return lengthField(offset) < 0;
  }

  private int nameLength(int offset) {
    int length = lengthField(offset) & ~ChunkDescriptor.NAME_FLAG;
    if (previousPosition(offset) != ChunkDescriptor.NAME_MAGIC || !fits(offset, length)) {
      throw damaged(chunk, offset, "neither an event nor a name");
    }
    return length;
  }

  /** Size of the record, of whichever kind, to find the next one. */
  int recordBytes(int offset) {
    return ChunkDescriptor.recordBytes(isName(offset) ? nameLength(offset) : eventLength(offset));
  }

  /** The name in a record that holds one. */
  LogName name(int offset) {
    byte[] name = new byte[nameLength(offset)];
    buffer().get(chunkAt + offset + ChunkDescriptor.RECORD_HEADER_BYTES, name);
    return NameRecord.decode(
        ByteBuffer.wrap(name).order(ByteOrder.LITTLE_ENDIAN),
        "events table: name at chunk " + chunk + " offset " + offset);
  }

  int logNumber(int offset) {
    return buffer().getInt(chunkAt + offset + ChunkDescriptor.LOG_OFFSET);
  }

  long previousPosition(int offset) {
    return buffer().getLong(chunkAt + offset + ChunkDescriptor.PREVIOUS_OFFSET);
  }

  private ByteBuffer buffer() {
    Window current = window;
    if (current == null) {
      throw new IllegalStateException("no chunk looked at");
    }
    return current.buffer();
  }

  private static StoreException damaged(long chunk, int offset, String how) {
    return new StoreException(
        ErrorCode.NOT_VERIFIED,
        "events table: record at chunk "
            + chunk
            + " offset "
            + offset
            + ": "
            + how
            + "; run xf:check");
  }

  // Small records.

  /** Starts a key; fill what is returned, then call a method with its length. */
  ByteBuffer key() {
    return keyBytes.clear();
  }

  /** A copy of the value under the key that was filled in. */
  byte @Nullable [] get(Dbi<Slice> table) {
    try {
      Slice value = table.get(txn, key.withLength(keyBytes.position()));
      return value == null ? null : copy(value);
    } catch (LmdbException e) {
      throw unreadable(e);
    }
  }

  /** Opens a cursor of its own, to be closed before {@link #end}. */
  Cursor<Slice> openCursor(Dbi<Slice> table) {
    return table.openCursor(txn);
  }

  /** Moves a cursor to the first key at or after the one that was filled in. */
  boolean seek(Cursor<Slice> at) {
    try {
      return at.get(key.withLength(keyBytes.position()), GetOp.MDB_SET_RANGE);
    } catch (LmdbException e) {
      throw unreadable(e);
    }
  }

  /** Moves a cursor to the next key. */
  boolean next(Cursor<Slice> at) {
    try {
      return at.next();
    } catch (LmdbException e) {
      throw unreadable(e);
    }
  }

  /** Moves a cursor to the first key. */
  boolean first(Cursor<Slice> at) {
    try {
      return at.first();
    } catch (LmdbException e) {
      throw unreadable(e);
    }
  }

  /** Moves a cursor to the last key. */
  boolean last(Cursor<Slice> at) {
    try {
      return at.last();
    } catch (LmdbException e) {
      throw unreadable(e);
    }
  }

  /** What LMDB says of its own pages, in our words. */
  static StoreException unreadable(LmdbException e) {
    return new StoreException(
        ErrorCode.NOT_VERIFIED,
        "data.mdb: a page is damaged (" + e.getMessage() + "); run xf:check",
        e);
  }

  byte[] copy(Slice slice) {
    if (slice.length() < 0 || slice.length() > MAX_VALUE_BYTES) {
      throw new StoreException(
          ErrorCode.NOT_VERIFIED,
          "a record of "
              + slice.length()
              + " bytes: at most "
              + MAX_VALUE_BYTES
              + "; run xf:check");
    }
    Window at = memory.window(slice.address());
    byte[] copy = new byte[slice.length()];
    at.buffer().get(at.offset(slice.address()), copy);
    return copy;
  }

  /** Number of the commit this reads as of. */
  long transaction() {
    return txn.getId();
  }

  /** Entries in a table. */
  long count(Dbi<Slice> table) {
    return table.stat(txn).entries;
  }
}
