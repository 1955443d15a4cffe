package xf.bench.net;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;

/** One stream: sends so many bytes as fast as it may, and is done at the peer's end. */
final class Talk implements StreamHandler {
  static final int CHUNK_BYTES = 64 << 10;

  private static final long TIMEOUT_S = 120;

  private final CompletableFuture<Long> received = new CompletableFuture<>();
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
  private long toSend;
  private long receivedBytes;
  private boolean finished;

  private Talk(long lengthBytes) {
    this.toSend = lengthBytes;
  }

  /** MiB a second of payload, one way, from the first byte to the peer's end. */
  static double run(Connection connection, ProtocolId protocol, long lengthBytes, long expectBytes)
      throws Exception {
    Talk talk = new Talk(lengthBytes);
    long startNs = System.nanoTime();
    connection
        .openStream(List.of(protocol), talk, Duration.ofSeconds(TIMEOUT_S))
        .get(TIMEOUT_S, TimeUnit.SECONDS);
    long back = talk.received.get(TIMEOUT_S, TimeUnit.SECONDS);
    if (back != expectBytes) {
      throw new IllegalStateException(protocol + ": " + back + " bytes came back");
    }
    return mibPerSecond(lengthBytes, startNs);
  }

  static double mibPerSecond(long bytes, long startNs) {
    return bytes / (double) (1 << 20) * 1e9 / (System.nanoTime() - startNs);
  }

  @Override
  public void onOpen(Stream stream) {
    onWritable(stream);
  }

  @Override
  public void onWritable(Stream stream) {
    boolean goOn = true;
    while (goOn && toSend > 0) {
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, toSend));
      toSend -= chunk.remaining();
      goOn = stream.write(chunk);
    }
    if (toSend == 0 && !finished) {
      finished = true;
      var unused = stream.finish();
    }
  }

  @Override
  public void onReadable(Stream stream) {
    receivedBytes += consumeAll(stream);
  }

  private static long consumeAll(Stream stream) {
    long all = 0;
    for (int length = stream.readable().remaining();
        length > 0;
        length = stream.readable().remaining()) {
      stream.consume(length);
      all += length;
    }
    return all;
  }

  @Override
  public void onFinished(Stream stream) {
    received.complete(receivedBytes);
  }

  @Override
  public void onClosed(Stream stream, CloseReason reason) {
    received.completeExceptionally(reason.toException());
  }

  /** Reads all, then ends its side. */
  static final class Sink implements StreamHandler {
    @Override
    public void onReadable(Stream stream) {
      consumeAll(stream);
    }

    @Override
    public void onFinished(Stream stream) {
      var unused = stream.finish();
    }

    @Override
    public void onClosed(Stream stream, CloseReason reason) {
      // The sender sees what is missing.
    }
  }
}
