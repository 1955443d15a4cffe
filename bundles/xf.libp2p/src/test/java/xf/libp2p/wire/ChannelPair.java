package xf.libp2p.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.util.function.UnaryOperator;

/** Two channels whose bytes are carried across by hand: no threads, no sockets, no chance. */
public final class ChannelPair {
  private final EmbeddedChannel dialer = new EmbeddedChannel();
  private final EmbeddedChannel listener = new EmbeddedChannel();
  private final int chunkBytes;
  private UnaryOperator<ByteBuf> onTheWay = bytes -> bytes;

  /** Carries up to {@code chunkBytes} at a time; 1 is the hardest. */
  public ChannelPair(int chunkBytes) {
    this.chunkBytes = chunkBytes;
  }

  public EmbeddedChannel dialer() {
    return dialer;
  }

  public EmbeddedChannel listener() {
    return listener;
  }

  /** What happens from now on to what the dialer sends. */
  public void tamper(UnaryOperator<ByteBuf> change) {
    onTheWay = change;
  }

  /** Carries bytes both ways until nobody has anything to say. */
  public void pump() {
    boolean moved = true;
    while (moved) {
      boolean there = carry(dialer, listener, onTheWay);
      boolean back = carry(listener, dialer, bytes -> bytes);
      moved = there || back;
    }
  }

  private boolean carry(EmbeddedChannel from, EmbeddedChannel to, UnaryOperator<ByteBuf> change) {
    from.runPendingTasks();
    boolean moved = false;
    for (ByteBuf sent = from.readOutbound(); sent != null; sent = from.readOutbound()) {
      ByteBuf bytes = change.apply(sent);
      while (bytes.isReadable() && to.isOpen()) {
        to.writeInbound(bytes.readRetainedSlice(Math.min(chunkBytes, bytes.readableBytes())));
      }
      bytes.release();
      moved = true;
    }
    to.runPendingTasks();
    return moved;
  }

  /** Frees what is left. */
  public void close() {
    dialer.finishAndReleaseAll();
    listener.finishAndReleaseAll();
  }

  /** The result of a future that must be done by now. */
  public static <T> T now(Future<T> future) {
    if (!future.isSuccess()) {
      throw new AssertionError("not done, or failed", future.cause());
    }
    return future.getNow();
  }
}
