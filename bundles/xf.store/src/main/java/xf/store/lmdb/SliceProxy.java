package xf.store.lmdb;

import java.util.Comparator;
import jnr.ffi.Pointer;
import org.lmdbjava.BufferProxy;
import xf.store.lmdb.NativeMemory.Window;

/**
 * Tells lmdbjava how to fill and read LMDB's {@code MDB_val} with {@link Slice}s: two longs, size
 * then address. Needs no JVM flag and makes no garbage.
 */
final class SliceProxy extends BufferProxy<Slice> {
  private final NativeMemory memory;

  SliceProxy(NativeMemory memory) {
    this.memory = memory;
  }

  @Override
  protected Slice allocate() {
    return new Slice();
  }

  @Override
  protected void deallocate(Slice buffer) {
    buffer.set(0, 0);
  }

  @Override
  protected byte[] getBytes(Slice slice) {
    Window window = memory.window(slice.address());
    byte[] copy = new byte[slice.length()];
    window.buffer().get(window.offset(slice.address()), copy);
    return copy;
  }

  @Override
  protected Comparator<Slice> getSignedComparator() {
    return getUnsignedComparator();
  }

  @Override
  protected Comparator<Slice> getUnsignedComparator() {
    return (a, b) -> java.util.Arrays.compareUnsigned(getBytes(a), getBytes(b));
  }

  @Override
  protected Pointer in(Slice slice, Pointer mdbVal) {
    return in(slice, slice.length(), mdbVal);
  }

  @Override
  protected Pointer in(Slice slice, int size, Pointer mdbVal) {
    Window window = memory.window(mdbVal.address());
    int at = window.offset(mdbVal.address());
    window.buffer().putLong(at + STRUCT_FIELD_OFFSET_SIZE, size);
    window.buffer().putLong(at + STRUCT_FIELD_OFFSET_DATA, slice.address());
    return mdbVal;
  }

  @Override
  protected Slice out(Slice slice, Pointer mdbVal) {
    Window window = memory.window(mdbVal.address());
    int at = window.offset(mdbVal.address());
    slice.set(
        window.buffer().getLong(at + STRUCT_FIELD_OFFSET_DATA),
        (int) window.buffer().getLong(at + STRUCT_FIELD_OFFSET_SIZE));
    return slice;
  }
}
