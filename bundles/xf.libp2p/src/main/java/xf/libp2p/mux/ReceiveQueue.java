package xf.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Received bytes that nobody has asked for yet, within a budget.
 *
 * <p>They are copied together into chunks of our own. To keep the received buffers instead would
 * let a peer that sends single bytes hold a whole buffer of ours with each: the memory in use would
 * have nothing to do with the window. A stream that is read as fast as it is sent never comes here.
 * Event loop only.
 */
final class ReceiveQueue {
  private static final int MIN_CHUNK_BYTES = 1024;
  private static final int MAX_CHUNK_BYTES = 64 * 1024;

  private final ByteBufAllocator alloc;
  private final ByteBudget budget;
  private final ArrayDeque<ByteBuf> chunks = new ArrayDeque<>();
  private int lengthBytes;

  ReceiveQueue(ByteBufAllocator alloc, ByteBudget budget) {
    this.alloc = alloc;
    this.budget = budget;
  }

  boolean isEmpty() {
    return lengthBytes == 0;
  }

  int lengthBytes() {
    return lengthBytes;
  }

  /** Copies what is readable of {@code data}; false, and nothing is kept, without budget. */
  boolean offer(ByteBuf data) {
    int length = data.readableBytes();
    if (length == 0) {
      return true;
    }
    if (!budget.acquire(length)) {
      return false;
    }
    lengthBytes += length;
    while (data.isReadable()) {
      ByteBuf tail = tailWithRoom(data.readableBytes());
      tail.writeBytes(data, Math.min(data.readableBytes(), tail.maxWritableBytes()));
    }
    return true;
  }

  /** Chunks double with what waits, so that neither few nor many bytes waste much. */
  private ByteBuf tailWithRoom(int wantedBytes) {
    ByteBuf tail = chunks.peekLast();
    if (tail == null || tail.maxWritableBytes() == 0) {
      int capacity =
          Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, Math.max(lengthBytes, wantedBytes)));
      tail = alloc.heapBuffer(capacity, capacity);
      chunks.add(tail);
    }
    return tail;
  }

  /** The next chunk, which is the caller's now, or null. */
  @Nullable ByteBuf poll() {
    ByteBuf chunk = chunks.poll();
    if (chunk != null) {
      lengthBytes -= chunk.readableBytes();
      budget.release(chunk.readableBytes());
    }
    return chunk;
  }

  /** Forgets everything; the number of bytes that were there. */
  int clear() {
    int dropped = lengthBytes;
    for (ByteBuf chunk = poll(); chunk != null; chunk = poll()) {
      chunk.release();
    }
    return dropped;
  }
}
