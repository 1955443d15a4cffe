package xf.merkle.index;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.PageDescriptor;
import xf.merkle.TreeHead;
import xf.store.Stage;
import xf.store.StageChange;

/**
 * Checkpoints in the stage's table: one for every sealed page, kept for good (they turn a fork into
 * proof), and the newest one between two seals.
 *
 * <pre>
 *   'c' | log id 32 | size u64 big-endian      root 32 | signature 64
 *   'h' | log id 32                            size u64 big-endian | root 32 | signature 64
 * </pre>
 */
final class CheckpointTable {
  private static final byte SEAL = 'c';
  private static final byte HEAD = 'h';
  private static final int HEAD_KEY_BYTES = 1 + LogId.LENGTH_BYTES;
  private static final int SEAL_KEY_BYTES = HEAD_KEY_BYTES + Long.BYTES;
  private static final int SIGNATURE_BYTES = 64;
  private static final int SEAL_BYTES = Hash.LENGTH_BYTES + SIGNATURE_BYTES;
  private static final int HEAD_BYTES = Long.BYTES + SEAL_BYTES;

  private final Stage stage;
  private final PendingCheckpoints pending;

  CheckpointTable(Stage stage, PendingCheckpoints pending) {
    this.stage = stage;
    this.pending = pending;
  }

  static void putSeal(StageChange change, Checkpoint checkpoint) {
    byte[] value = new byte[SEAL_BYTES];
    putRootAndSignature(ByteBuffer.wrap(value), checkpoint);
    change.put(sealKey(checkpoint.log(), checkpoint.head().size()), value);
  }

  static void putHead(StageChange change, Checkpoint checkpoint) {
    byte[] value = new byte[HEAD_BYTES];
    putRootAndSignature(ByteBuffer.wrap(value).putLong(checkpoint.head().size()), checkpoint);
    change.put(headKey(checkpoint.log()), value);
  }

  private static void putRootAndSignature(ByteBuffer value, Checkpoint checkpoint) {
    checkpoint.head().root().putTo(value);
    value.put(checkpoint.signature());
  }

  /** The checkpoint kept for the page that ends at a size. */
  Optional<Checkpoint> seal(LogId log, AuthorKey author, long size) {
    // What waits is looked at first: it leaves there only after it came to the table.
    return pending
        .seal(log, size)
        .or(
            () ->
                stage
                    .get(sealKey(log, size))
                    .map(
                        value ->
                            checkpoint(log, author, size, ByteBuffer.wrap(value), SEAL_BYTES)));
  }

  /** The newest checkpoint that was signed on demand. */
  Optional<Checkpoint> head(LogId log, AuthorKey author) {
    return pending.head(log).or(() -> storedHead(log, author));
  }

  private Optional<Checkpoint> storedHead(LogId log, AuthorKey author) {
    return stage
        .get(headKey(log))
        .map(
            value -> {
              ByteBuffer buffer = ByteBuffer.wrap(value);
              long size = value.length < Long.BYTES ? -1 : buffer.getLong();
              return checkpoint(log, author, size, buffer, SEAL_BYTES);
            });
  }

  /**
   * Keys under which no checkpoint can be: of no log that is here, or of no page that it has.
   *
   * @param sizes a log's size, 0 for one that is not here
   */
  List<byte[]> strays(ToLongFunction<LogId> sizes) {
    List<byte[]> strays = new ArrayList<>();
    stage.scan(
        new byte[0],
        (key, value) -> {
          if (!isOurs(key, value.length, sizes)) {
            strays.add(key);
          }
          return true;
        });
    return strays;
  }

  private static boolean isOurs(byte[] key, int valueBytes, ToLongFunction<LogId> sizes) {
    boolean isSeal = key[0] == SEAL && key.length == SEAL_KEY_BYTES && valueBytes == SEAL_BYTES;
    boolean isHead = key[0] == HEAD && key.length == HEAD_KEY_BYTES && valueBytes == HEAD_BYTES;
    if (!isSeal && !isHead) {
      return false;
    }
    long there = sizes.applyAsLong(LogId.of(Arrays.copyOfRange(key, 1, HEAD_KEY_BYTES)));
    long size = isSeal ? ByteBuffer.wrap(key).getLong(HEAD_KEY_BYTES) : 1;
    return size > 0 && size <= there && (isHead || size % PageDescriptor.LEAVES == 0);
  }

  /** The key of the checkpoint kept for a size. */
  static byte[] keyAt(LogId log, long size) {
    return size % PageDescriptor.LEAVES == 0 ? sealKey(log, size) : headKey(log);
  }

  private static Checkpoint checkpoint(
      LogId log, AuthorKey author, long size, ByteBuffer rest, int expectedBytes) {
    if (rest.remaining() != expectedBytes || size < 0) {
      throw new XfException(
          ErrorCode.BAD_FORMAT,
          "checkpoint of log "
              + log
              + ": "
              + rest.remaining()
              + " bytes, expected "
              + expectedBytes);
    }
    byte[] root = new byte[Hash.LENGTH_BYTES];
    byte[] signature = new byte[SIGNATURE_BYTES];
    rest.get(root).get(signature);
    return new Checkpoint(log, author, new TreeHead(size, Hash.of(root)), signature);
  }

  private static byte[] sealKey(LogId log, long size) {
    byte[] key = new byte[SEAL_KEY_BYTES];
    key[0] = SEAL;
    log.copyTo(key, 1);
    ByteBuffer.wrap(key).putLong(HEAD_KEY_BYTES, size);
    return key;
  }

  private static byte[] headKey(LogId log) {
    byte[] key = new byte[HEAD_KEY_BYTES];
    key[0] = HEAD;
    log.copyTo(key, 1);
    return key;
  }
}
