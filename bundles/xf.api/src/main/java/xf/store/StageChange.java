package xf.store;

import java.util.ArrayList;
import java.util.List;

/** What a {@link Stage} writes in one commit. Built by one thread, then given away. */
public final class StageChange {
  /** Leave the cursor where it is. */
  public static final long SAME_CURSOR = -1;

  private final long cursor;
  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();

  /** A change that also moves the cursor to {@code cursor}, or {@link #SAME_CURSOR}. */
  public StageChange(long cursor) {
    this.cursor = cursor;
  }

  /** Puts a value; an empty one removes the key. Both arrays are given away. */
  public StageChange put(byte[] key, byte[] value) {
    keys.add(key);
    values.add(value);
    return this;
  }

  /** Removes a key. */
  public StageChange remove(byte[] key) {
    return put(key, new byte[0]);
  }

  /** The cursor to move to, or {@link #SAME_CURSOR}. */
  public long cursor() {
    return cursor;
  }

  /** Number of puts. */
  public int size() {
    return keys.size();
  }

  /** The {@code i}-th key. */
  public byte[] key(int i) {
    return keys.get(i);
  }

  /** The {@code i}-th value. */
  public byte[] value(int i) {
    return values.get(i);
  }
}
