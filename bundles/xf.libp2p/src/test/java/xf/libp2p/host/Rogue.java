package xf.libp2p.host;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.libp2p.mux.MuxedConnection;
import xf.libp2p.mux.MuxerConfig;
import xf.libp2p.mux.MuxerProtocol;
import xf.libp2p.mux.YamuxMuxer;
import xf.libp2p.negotiate.MultistreamSelect;
import xf.libp2p.security.AeadSource;
import xf.libp2p.security.NoiseSecurity;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.transport.ConnectionAttempt;
import xf.libp2p.transport.StreamInitializers;
import xf.libp2p.transport.TcpTransport;
import xf.libp2p.transport.UpgradeConfig;
import xf.libp2p.transport.UpgradedConnection;

/** A peer that proves who it is and agrees on yamux, and then says whatever the test wants. */
@SuppressWarnings("FutureReturnValueIgnored") // a rogue does not care
final class Rogue implements AutoCloseable {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("xf-net-test", true), NioIoHandler.newFactory());
  private final CompletableFuture<Channel> connected = new CompletableFuture<>();

  /** Dials, and is through when the victim thinks that yamux runs. */
  Rogue(NetworkIdentity identity, Multiaddr victim) throws Exception {
    UpgradeConfig config =
        new UpgradeConfig(
            new MultistreamSelect(),
            List.of(new NoiseSecurity(identity, new SecureRandom(), AeadSource.ofJdk())),
            List.of(new Mute()),
            new EventLoopTimers(loops.next()),
            Duration.ofSeconds(10));
    new TcpTransport(loops, config).dial(victim, null, new Attempt());
    connected.get(10, TimeUnit.SECONDS);
  }

  /** Says something, encrypted as it should be. */
  void say(ByteBuf plaintext) {
    connected.join().writeAndFlush(plaintext);
  }

  /** A yamux frame with its data. */
  static ByteBuf frame(int type, int flags, int streamId, long length, byte... data) {
    return Unpooled.buffer()
        .writeByte(0)
        .writeByte(type)
        .writeShort(flags)
        .writeInt(streamId)
        .writeInt((int) length)
        .writeBytes(data);
  }

  /** Says something below the encryption. */
  void sayBelow(ByteBuf ciphertext) {
    Channel channel = connected.join();
    channel.eventLoop().execute(() -> channel.pipeline().firstContext().writeAndFlush(ciphertext));
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /** Agrees to be yamux and does nothing. */
  private final class Mute implements MuxerProtocol {
    @Override
    public String id() {
      return YamuxMuxer.ID;
    }

    @Override
    public MuxedConnection attach(
        Channel channel, boolean initiator, MuxerConfig config, ChannelHandler inboundStreams) {
      channel.config().setAutoRead(true);
      connected.complete(channel);
      return null; // nobody asks for it
    }
  }

  private static final class Attempt implements ConnectionAttempt {
    @Override
    public StreamInitializers secured(SecuredPeer peer) {
      ChannelInitializer<Channel> none =
          new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
              // No stream of the victim's is answered.
            }
          };
      int window = NetworkLimits.DEFAULT.windowBytes();
      ByteAccount account = new ByteAccount(null, Long.MAX_VALUE);
      return new StreamInitializers(none, new MuxerConfig(10, 10, window, window, window, account));
    }

    @Override
    public void opened(UpgradedConnection connection) {
      // See Mute.
    }

    @Override
    public void failed(CloseReason reason) {
      // The test sees that nothing is connected.
    }
  }
}
