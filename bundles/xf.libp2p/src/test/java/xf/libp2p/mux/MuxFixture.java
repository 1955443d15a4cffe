package xf.libp2p.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import xf.libp2p.wire.ChannelPair;

/** Two muxer sessions on a {@link ChannelPair}, and what the listener's streams heard. */
final class MuxFixture {
  static final int WINDOW_BYTES = 256 * 1024;

  /** A budget that counts, with a most. */
  static final class CountingBudget implements ByteBudget {
    long used;
    long most = Long.MAX_VALUE;

    @Override
    public boolean acquire(int lengthBytes) {
      if (used + lengthBytes > most) {
        return false;
      }
      used += lengthBytes;
      return true;
    }

    @Override
    public void release(int lengthBytes) {
      used -= lengthBytes;
    }

    @Override
    public boolean reserve(int lengthBytes) {
      return acquire(lengthBytes);
    }

    @Override
    public void unreserve(int lengthBytes) {
      release(lengthBytes);
    }
  }

  /** Remembers all that a stream's user can see. */
  static final class Recorder extends ChannelInboundHandlerAdapter {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean finished;
    boolean inactive;
    @Nullable Throwable failure;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
      ByteBuf data = (ByteBuf) msg;
      data.readBytes(bytes, data.readableBytes());
      data.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      finished |= event instanceof ChannelInputShutdownReadComplete;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      failure = cause;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      inactive = true;
    }
  }

  /** A stream at the listener and what it heard. */
  record Accepted(DuplexChannel channel, Recorder recorder) {}

  final ChannelPair pair;
  final CountingBudget budget = new CountingBudget();
  final List<Accepted> accepted = new ArrayList<>();
  final MuxedConnection dialer;
  final MuxedConnection listener;

  MuxFixture(MuxerProtocol muxer, int chunkBytes, boolean autoRead, int maxInboundStreams) {
    pair = new ChannelPair(chunkBytes);
    ChannelHandler inbound =
        new ChannelInitializer<DuplexChannel>() {
          @Override
          public boolean isSharable() {
            return true;
          }

          @Override
          protected void initChannel(DuplexChannel stream) {
            Recorder recorder = new Recorder();
            stream.pipeline().addLast(recorder);
            stream.config().setAutoRead(autoRead);
            accepted.add(new Accepted(stream, recorder));
          }
        };
    MuxerConfig config =
        new MuxerConfig(maxInboundStreams, 64, WINDOW_BYTES, WINDOW_BYTES, 64 * 1024, budget);
    listener = muxer.attach(pair.listener(), false, config, inbound);
    dialer = muxer.attach(pair.dialer(), true, config, inbound);
    pair.pump();
  }

  DuplexChannel open(Recorder recorder) {
    ChannelHandler initializer =
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel stream) {
            stream.pipeline().addLast(recorder);
            stream.config().setAutoRead(true);
          }
        };
    DuplexChannel stream = ChannelPair.now(dialer.openStream(initializer));
    pair.pump();
    return stream;
  }

  Accepted last() {
    return accepted.get(accepted.size() - 1);
  }
}
