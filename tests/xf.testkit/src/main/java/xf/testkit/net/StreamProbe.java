package xf.testkit.net;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import xf.event.Sha256;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;

/**
 * A stream handler that does one simple thing and remembers what happened to it. Its answers may be
 * asked for by any thread.
 */
public final class StreamProbe implements StreamHandler {
  /** What it does with what it receives. */
  public enum Mode {
    /** Keeps it. */
    COLLECT,
    /** Sends it back, and finishes when the peer does. */
    ECHO,
    /** Leaves it where it is, until {@link #release}. */
    HOLD,
    /** Throws. */
    FAIL
  }

  private static final int CHUNK_BYTES = 32 << 10;

  private final MessageDigest digest = Sha256.newDigest();
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private final List<String> calls = new ArrayList<>();
  private Mode mode;
  private long receivedBytes;
  private long toSendBytes;
  private boolean finishAfterSending;
  private boolean remoteFinished;
  private @Nullable Stream stream;
  private @Nullable CloseReason closed;

  /** A probe in a mode. */
  public StreamProbe(Mode mode) {
    this.mode = mode;
  }

  @Override
  public synchronized void onOpen(Stream opened) {
    calls.add("open");
    stream = opened;
    pump(opened);
  }

  @Override
  public synchronized void onReadable(Stream readable) {
    if (mode == Mode.FAIL) {
      throw new IllegalArgumentException("told to fail");
    }
    ByteBuffer bytes = mode == Mode.HOLD ? ByteBuffer.allocate(0) : readable.readable();
    while (bytes.hasRemaining() && (mode != Mode.ECHO || readable.isWritable())) {
      int length = bytes.remaining();
      receivedBytes += length;
      digest.update(bytes.duplicate());
      if (mode == Mode.ECHO) {
        readable.write(bytes);
      } else if (kept.size() < 1024) {
        byte[] copy = new byte[Math.min(length, 1024)];
        bytes.duplicate().get(copy);
        kept.writeBytes(copy);
      }
      readable.consume(length);
      bytes = readable.readable();
    }
  }

  @Override
  public synchronized void onWritable(Stream writable) {
    if (mode == Mode.ECHO) {
      onReadable(writable);
    } else {
      pump(writable);
    }
  }

  @Override
  public synchronized void onFinished(Stream finished) {
    calls.add("finished");
    remoteFinished = true;
    if (mode == Mode.ECHO) {
      var unused = finished.finish();
    }
  }

  @Override
  public synchronized void onClosed(Stream gone, CloseReason reason) {
    calls.add("closed");
    closed = reason;
  }

  private void pump(Stream out) {
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    while (toSendBytes > 0 && out.isWritable()) {
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, toSendBytes));
      toSendBytes -= chunk.remaining();
      out.write(chunk);
    }
    if (toSendBytes == 0 && finishAfterSending) {
      finishAfterSending = false;
      var unused = out.finish();
    }
  }

  /** Sends as many zero bytes as soon as the stream is open, then finishes if asked to. */
  public synchronized StreamProbe sending(long lengthBytes, boolean finish) {
    toSendBytes = lengthBytes;
    finishAfterSending = finish;
    return this;
  }

  /** Begins to read after {@link Mode#HOLD}. */
  public void release() {
    Stream held;
    synchronized (this) {
      mode = Mode.COLLECT;
      held = stream;
    }
    if (held != null) {
      held.resume();
    }
  }

  /** The stream, once it is open. */
  public synchronized @Nullable Stream stream() {
    return stream;
  }

  /** How many bytes were read. */
  public synchronized long receivedBytes() {
    return receivedBytes;
  }

  /** The first kilobyte that was read, as text. */
  public synchronized String text() {
    return kept.toString(StandardCharsets.UTF_8);
  }

  /** The SHA-256 of all that was read. */
  public synchronized byte[] sha256() {
    return digest.digest();
  }

  /** Whether the peer finished. */
  public synchronized boolean isRemoteFinished() {
    return remoteFinished;
  }

  /** Why the stream ended; null while it has not. */
  public synchronized @Nullable CloseReason closed() {
    return closed;
  }

  /** What happened, in order: {@code open}, {@code finished}, {@code closed}. */
  public synchronized List<String> calls() {
    return List.copyOf(calls);
  }
}
