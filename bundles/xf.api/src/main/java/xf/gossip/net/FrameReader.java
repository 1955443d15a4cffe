package xf.gossip.net;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import xf.event.XfException;
import xf.multiformats.Varint;

/**
 * Cuts a stream into frames: each a varint length, then as many bytes.
 *
 * <p>A frame that lies in one piece in {@link Stream#readable} is lent as it is; one that comes in
 * pieces is gathered in a buffer which grows with what has arrived, not with what was announced.
 * Belongs to one stream and its thread.
 */
public final class FrameReader {
  private static final int FIRST_BYTES = 4096;

  private final int maxFrameBytes;
  private final ByteBuffer header = ByteBuffer.allocate(Varint.MAX_BYTES);
  private ByteBuffer gathered = ByteBuffer.allocate(0);
  private int frameBytes = -1;
  private int lentBytes;

  /** A reader of frames of at most {@code maxFrameBytes}, length prefix not counted. */
  public FrameReader(int maxFrameBytes) {
    this.maxFrameBytes = maxFrameBytes;
  }

  /**
   * The next whole frame, or null when more bytes must arrive first; what has arrived of it is
   * consumed. The frame is borrowed until the next call, or until the callback returns.
   *
   * @throws NetworkException of kind {@code TOO_LARGE} or {@code PROTOCOL_VIOLATION}; the stream
   *     cannot be read any further
   */
  public @Nullable ByteBuffer next(Stream stream) {
    giveBack(stream);
    if (frameBytes < 0 && !readHeader(stream)) {
      return null;
    }
    ByteBuffer bytes = stream.readable();
    if (gathered.position() == 0 && bytes.remaining() >= frameBytes) {
      lentBytes = frameBytes;
      frameBytes = -1;
      return bytes.slice(bytes.position(), lentBytes);
    }
    while (bytes.hasRemaining() && gathered.position() < frameBytes) {
      gather(stream, bytes);
      bytes = stream.readable();
    }
    return gathered.position() == frameBytes ? takeGathered() : null;
  }

  /** Whether a frame has begun that is not complete: an end of the stream now is too early. */
  public boolean isInsideFrame() {
    return frameBytes >= 0 || header.position() > 0;
  }

  private void giveBack(Stream stream) {
    if (lentBytes > 0) {
      stream.consume(lentBytes);
      lentBytes = 0;
    }
  }

  private boolean readHeader(Stream stream) {
    ByteBuffer bytes = stream.readable();
    while (bytes.hasRemaining()) {
      byte next = bytes.get(bytes.position());
      stream.consume(1);
      if (!header.hasRemaining()) {
        throw violation("the length of a frame is longer than " + Varint.MAX_BYTES + " bytes");
      }
      header.put(next);
      if (next >= 0) {
        frameBytes = parseHeader();
        return true;
      }
      bytes = stream.readable();
    }
    return false;
  }

  private int parseHeader() {
    long length;
    try {
      length = Varint.get(header.flip());
    } catch (XfException e) {
      throw violation(e.getMessage());
    }
    header.clear();
    if (length > maxFrameBytes) {
      throw CloseReason.local(
              CloseReason.Kind.TOO_LARGE,
              "a frame of " + length + " bytes was announced, the limit is " + maxFrameBytes)
          .toException();
    }
    return (int) length;
  }

  private void gather(Stream stream, ByteBuffer bytes) {
    int taken = Math.min(bytes.remaining(), frameBytes - gathered.position());
    if (gathered.remaining() < taken) {
      int wanted =
          Math.max(gathered.position() + taken, Math.max(FIRST_BYTES, 2 * gathered.capacity()));
      gathered = ByteBuffer.allocate(Math.min(wanted, frameBytes)).put(gathered.flip());
    }
    gathered.put(bytes.slice(bytes.position(), taken));
    stream.consume(taken);
  }

  private ByteBuffer takeGathered() {
    ByteBuffer frame = gathered.flip();
    gathered = ByteBuffer.allocate(0);
    frameBytes = -1;
    return frame;
  }

  private static NetworkException violation(String detail) {
    return CloseReason.local(CloseReason.Kind.PROTOCOL_VIOLATION, detail).toException();
  }
}
