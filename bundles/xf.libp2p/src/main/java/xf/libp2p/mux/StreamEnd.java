package xf.libp2p.mux;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;

/** The end of our direction of a stream, whichever muxer carries it. */
public final class StreamEnd {
  private StreamEnd() {}

  /**
   * Sends our FIN after everything written before; use this, not {@code shutdownOutput()}: Netty's
   * QUIC (4.2.18) sends that FIN at once, and what still waits for window is lost.
   *
   * @return completes when the FIN was handed to the transport
   */
  @SuppressWarnings("FutureReturnValueIgnored") // the promise has the outcome
  public static ChannelFuture finish(DuplexChannel stream) {
    if (stream instanceof MuxStreamChannel) {
      return stream.shutdownOutput();
    }
    ChannelPromise finished = stream.newPromise();
    stream
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            lastWrite -> {
              if (lastWrite.isSuccess()) {
                stream.shutdownOutput(finished);
              } else {
                finished.tryFailure(lastWrite.cause());
              }
            });
    return finished;
  }
}
