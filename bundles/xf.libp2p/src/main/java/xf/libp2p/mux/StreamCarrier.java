package xf.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/** What a stream channel needs of the muxer that carries it. Event loop only. */
interface StreamCarrier {
  /** The channel below. */
  Channel channel();

  /** The loop of the connection and all its streams. */
  EventLoop eventLoop();

  /**
   * How many of {@code wantedBytes} the stream may send now. If that is 0, the carrier calls {@link
   * MuxStreamChannel#resumeWriting} once it is more.
   */
  int sendableBytes(MuxStreamChannel stream, int wantedBytes);

  /** Sends data in one frame; the carrier owns the buffer from here on. */
  void sendData(MuxStreamChannel stream, ByteBuf data);

  /** Says that nothing more follows from us. */
  void sendFinish(MuxStreamChannel stream);

  /** Ends both directions. */
  void sendReset(MuxStreamChannel stream);

  /** Pushes what was sent down to the socket. */
  void flush();

  /** The stream's user took these bytes. */
  void onConsumed(MuxStreamChannel stream, int lengthBytes);

  /** The stream is gone; nothing more of it is sent. */
  void onClosed(MuxStreamChannel stream);
}
