package xf.libp2p.wire;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.List;

/**
 * Splits a stream into frames with a varint length prefix and passes each on as a retained {@link
 * ByteBuf} without its prefix. A frame over the limit, or one cut off by the end of the stream, is
 * a breach. At most one frame is held beyond what a single read delivered.
 */
public final class FrameDecoder extends WireDecoder {
  private final int limitBytes;
  private final String what;

  /**
   * A decoder for one channel.
   *
   * @param what names the protocol in errors
   */
  public FrameDecoder(int limitBytes, String what) {
    this.limitBytes = limitBytes;
    this.what = what;
  }

  @Override
  protected void decodeWire(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    ByteBuf frame = LengthPrefix.tryReadFrame(in, limitBytes, what);
    if (frame != null) {
      out.add(frame.retain());
    } else if (in.isReadable() && !ctx.channel().isActive()) {
      throw WireException.badFormat(what + ": the stream ended inside a frame");
    }
  }
}
