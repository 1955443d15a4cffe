package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import xf.event.GroupId;
import xf.gossip.net.CloseReason;
import xf.gossip.net.FrameReader;
import xf.gossip.net.NetworkException;
import xf.gossip.net.PeerId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;

/**
 * One stream of the protocol: cuts it into frames on the stream's thread and hands copies to the
 * engine, no more than it can take; while it is behind, nothing is read and the peer has to wait.
 *
 * <p>The first frame each way proves membership and is small; nothing after it is read before that
 * proof was looked at, so a stranger costs no more than it.
 */
final class StreamLink implements StreamHandler {
  private static final int MAX_PENDING_BYTES = 4 << 20;
  private static final int LATE_PENDING_BYTES = 1 << 20;

  /** What a frame that waits takes besides its bytes: of the smallest there would be millions. */
  private static final int FRAME_BYTES = 256;

  private final SessionStreams streams;
  private final PeerId peer;
  private final boolean initiator;
  private final AtomicInteger pendingBytes = new AtomicInteger();
  private final FrameReader reader = new FrameReader(SyncCodec.MAX_FRAME_BYTES);
  private final ByteBuffer first = ByteBuffer.allocate(SyncCodec.MAX_FIRST_FRAME_BYTES);
  private boolean isFirst = true;
  private int firstBytes = -1;
  private volatile boolean proved;

  /** Set once, before any frame is handed on. */
  private volatile @Nullable Stream stream;

  // The rest belongs to the engine, under its lock.
  @Nullable GroupId group;
  boolean blocked;
  boolean awaited;

  StreamLink(SessionStreams streams, PeerId peer, boolean initiator, @Nullable GroupId group) {
    this.streams = streams;
    this.peer = peer;
    this.initiator = initiator;
    this.group = group;
  }

  PeerId peer() {
    return peer;
  }

  boolean isInitiator() {
    return initiator;
  }

  /** Whether the peer has proved to be a member. */
  boolean isProved() {
    return proved;
  }

  /** It has: what it says from now on is read. */
  void onProved() {
    proved = true;
    Stream current = stream;
    if (current != null) {
      current.resume();
    }
  }

  @Override
  public void onOpen(Stream opened) {
    stream = opened;
    streams.onOpen(this);
  }

  @Override
  public void onReadable(Stream from) {
    while (pendingBytes.get() < MAX_PENDING_BYTES && (isFirst || proved)) {
      ByteBuffer frame = isFirst ? nextFirst(from) : reader.next(from);
      if (frame == null) {
        return;
      }
      ByteBuffer copy = ByteBuffer.allocate(frame.remaining()).put(frame).flip();
      pendingBytes.addAndGet(FRAME_BYTES + copy.remaining());
      streams.onFrame(this, copy);
    }
  }

  private @Nullable ByteBuffer nextFirst(Stream from) {
    ByteBuffer bytes = from.readable();
    if (firstBytes < 0 && bytes.hasRemaining()) {
      firstBytes = Byte.toUnsignedInt(bytes.get(bytes.position()));
      from.consume(1);
      if (firstBytes > SyncCodec.MAX_FIRST_FRAME_BYTES) {
        throw CloseReason.local(
                CloseReason.Kind.TOO_LARGE, "the first frame is of at most 64 bytes")
            .toException();
      }
      first.clear();
      bytes = from.readable();
    }
    while (firstBytes >= 0 && first.position() < firstBytes && bytes.hasRemaining()) {
      int taken = Math.min(bytes.remaining(), firstBytes - first.position());
      first.put(bytes.slice(bytes.position(), taken));
      from.consume(taken);
      bytes = from.readable();
    }
    if (firstBytes < 0 || first.position() < firstBytes) {
      return null;
    }
    firstBytes = -1;
    isFirst = false;
    return first.flip();
  }

  /** The engine is done with a frame. */
  void release(int lengthBytes) {
    int weight = FRAME_BYTES + lengthBytes;
    int left = pendingBytes.addAndGet(-weight);
    Stream current = stream;
    if (current != null && left < LATE_PENDING_BYTES && left + weight >= LATE_PENDING_BYTES) {
      current.resume();
    }
  }

  @Override
  public void onWritable(Stream to) {
    streams.onWritable(this);
  }

  @Override
  public void onFinished(Stream from) {
    from.reset(CloseReason.local(CloseReason.Kind.FINISHED, "the peer ended the session"));
  }

  @Override
  public void onClosed(Stream closed, CloseReason reason) {
    streams.onClosed(this, reason);
  }

  /** Writes a frame; a stream that takes no more at all is ended. */
  void write(ByteBuffer frame) {
    Stream to = stream;
    if (to == null) {
      return;
    }
    try {
      if (!to.write(frame)) {
        blocked = true;
      }
    } catch (NetworkException e) {
      to.reset(e.reason());
    }
  }

  void reset(CloseReason reason) {
    Stream current = stream;
    if (current != null) {
      current.reset(reason);
    }
  }
}
