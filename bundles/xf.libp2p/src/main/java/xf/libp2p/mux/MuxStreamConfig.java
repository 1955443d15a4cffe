package xf.libp2p.mux;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.DuplexChannelConfig;

/** Options of a stream: half-closure is always allowed, reading is by request unless changed. */
final class MuxStreamConfig extends DefaultChannelConfig implements DuplexChannelConfig {
  MuxStreamConfig(Channel channel) {
    super(channel);
    setOption(ChannelOption.AUTO_READ, false);
  }

  @Override
  public boolean isAllowHalfClosure() {
    return true;
  }

  @Override
  public DuplexChannelConfig setAllowHalfClosure(boolean allowHalfClosure) {
    if (!allowHalfClosure) {
      throw new IllegalArgumentException("libp2p streams always allow half-closure");
    }
    return this;
  }

  @Override
  @Deprecated
  public DuplexChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
    super.setMaxMessagesPerRead(maxMessagesPerRead);
    return this;
  }

  @Override
  public DuplexChannelConfig setWriteSpinCount(int writeSpinCount) {
    super.setWriteSpinCount(writeSpinCount);
    return this;
  }

  @Override
  public DuplexChannelConfig setAllocator(ByteBufAllocator allocator) {
    super.setAllocator(allocator);
    return this;
  }

  @Override
  public DuplexChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
    super.setRecvByteBufAllocator(allocator);
    return this;
  }

  @Override
  public DuplexChannelConfig setAutoRead(boolean autoRead) {
    super.setAutoRead(autoRead);
    return this;
  }

  @Override
  public DuplexChannelConfig setAutoClose(boolean autoClose) {
    super.setAutoClose(autoClose);
    return this;
  }

  @Override
  public DuplexChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
    super.setMessageSizeEstimator(estimator);
    return this;
  }

  @Override
  public DuplexChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark waterMark) {
    super.setWriteBufferWaterMark(waterMark);
    return this;
  }
}
