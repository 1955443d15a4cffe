package xf.store.lmdb;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A run of native bytes: what LMDB takes and gives as key or value. Reused for every value, so that
 * a read allocates nothing; valid as long as what it points to.
 */
final class Slice {
  private long address;
  private int length;

  /** Keeps memory of our own reachable while the slice points at it. */
  private @Nullable ByteBuffer owner;

  void set(long address, int length) {
    this.address = address;
    this.length = length;
  }

  /** A slice over a direct buffer from its first byte on. */
  static Slice over(ByteBuffer direct) {
    Slice slice = new Slice();
    slice.owner = direct;
    slice.set(NativeMemory.address(direct), direct.capacity());
    return slice;
  }

  /** The same memory, so many bytes of it. */
  Slice withLength(int lengthBytes) {
    assert owner != null && lengthBytes <= owner.capacity();
    length = lengthBytes;
    return this;
  }

  long address() {
    return address;
  }

  int length() {
    return length;
  }
}
