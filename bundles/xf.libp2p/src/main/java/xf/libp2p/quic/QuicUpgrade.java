package xf.libp2p.quic;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.CloseReason.Kind;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkException;
import xf.gossip.net.PeerId;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.security.SecuredPeer;
import xf.libp2p.tls.PeerCertificate;
import xf.libp2p.transport.ConnectionAttempt;
import xf.libp2p.transport.StreamInitializers;
import xf.libp2p.transport.UpgradedConnection;
import xf.libp2p.wire.WireException;

/** Follows one QUIC connection from its first packet to its end, and tells the host. */
@SuppressWarnings("FutureReturnValueIgnored") // the channel's own end is what is waited for
final class QuicUpgrade extends ChannelInboundHandlerAdapter {
  /** Where the streams of a connection find it. */
  static final AttributeKey<QuicUpgrade> KEY = AttributeKey.valueOf(QuicUpgrade.class, "of");

  private final QuicChannel channel;
  private final boolean initiator;
  private final Proof proof;
  private final ConnectionAttempt attempt;
  private final Future<?> timeout;
  private final Promise<UpgradedConnection> result;
  private @Nullable QuicMuxedConnection muxed;
  private @Nullable CloseReason failure;

  /**
   * What a handshake must prove, and how fast.
   *
   * @param expected who must be there; null: anybody
   */
  record Proof(
      QuicTrust trust, @Nullable PeerId expected, LongSupplier wallClockMs, int timeoutMs) {}

  QuicUpgrade(
      QuicChannel channel,
      boolean initiator,
      Proof proof,
      ConnectionAttempt attempt,
      Promise<UpgradedConnection> result) {
    this.channel = channel;
    this.initiator = initiator;
    this.proof = proof;
    this.attempt = attempt;
    this.result = result;
    this.timeout =
        channel.eventLoop().schedule(this::onTimeout, proof.timeoutMs(), TimeUnit.MILLISECONDS);
    channel.attr(KEY).set(this);
    channel.closeFuture().addListener(f -> onClosed());
  }

  private void onTimeout() {
    abort(
        CloseReason.local(
            Kind.TIMEOUT, "the handshake took longer than " + proof.timeoutMs() + " ms"));
  }

  /** Ends a handshake that is still under way. On the event loop. */
  void abort(CloseReason reason) {
    if (muxed == null && failure == null) {
      failure = reason;
      QuicMuxedConnection.closeChannel(channel, reason);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
      upgrade();
    } else if (event instanceof QuicConnectionCloseEvent close) {
      if (muxed != null) {
        muxed.onPeerClose(close);
      } else if (failure == null) {
        failure = QuicMuxedConnection.reasonOf(close);
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  /** A stream of the peer's; it can come in the very packet that completes the handshake. */
  void onInboundStream(QuicStreamChannel stream) {
    upgrade();
    if (muxed != null) {
      muxed.onInbound(stream);
    } else {
      stream.close();
    }
  }

  private void upgrade() {
    if (muxed != null || failure != null) {
      return;
    }
    try {
      PublicKey key = PeerCertificate.verify(peerChain(), proof.wallClockMs().getAsLong());
      SecuredPeer peer = new SecuredPeer(key.peerId(), key, QuicTransport.NAME, null);
      requireExpected(peer.peer());
      StreamInitializers streams = attempt.secured(peer);
      QuicMuxedConnection connection = new QuicMuxedConnection(channel, streams);
      muxed = connection;
      timeout.cancel(false);
      UpgradedConnection upgraded =
          new UpgradedConnection(
              QuicTransport.NAME,
              initiator,
              address(channel.localSocketAddress()),
              address(channel.remoteSocketAddress()),
              peer,
              connection);
      attempt.opened(upgraded);
      result.trySuccess(upgraded);
    } catch (NetworkException e) {
      failure = e.reason();
      // Not from inside the handshake's event: Netty 4.2.18 then sends for ever.
      channel.eventLoop().execute(() -> QuicMuxedConnection.closeChannel(channel, e.reason()));
    }
  }

  private static Multiaddr address(java.net.@Nullable SocketAddress socket) {
    return Multiaddr.quic((InetSocketAddress) java.util.Objects.requireNonNull(socket));
  }

  private List<byte[]> peerChain() {
    List<byte[]> chain = new ArrayList<>();
    try {
      for (Certificate certificate : channel.sslEngine().getSession().getPeerCertificates()) {
        chain.add(certificate.getEncoded());
      }
    } catch (SSLPeerUnverifiedException | CertificateEncodingException e) {
      throw new WireException(Kind.NOT_VERIFIED, "quic: the peer has no certificate", e);
    }
    return chain;
  }

  private void requireExpected(PeerId peer) {
    PeerId expected = proof.expected();
    if (expected != null && !expected.equals(peer)) {
      throw new WireException(Kind.WRONG_PEER, "quic: dialled " + expected + ", got " + peer);
    }
  }

  /** The dial came to nothing before there was a handshake. */
  void fail(Throwable cause) {
    if (failure == null) {
      failure = CloseReason.local(Kind.TRANSPORT, "quic: cannot connect: " + cause.getMessage());
    }
    channel.close();
  }

  /** Why we refused the peer's certificate; null if we did not. */
  @Nullable NetworkException refusal() {
    return proof.trust().refusal(channel.sslEngine());
  }

  private void onClosed() {
    timeout.cancel(false);
    if (muxed != null) {
      return; // its own business
    }
    NetworkException refusal = refusal();
    CloseReason why =
        refusal != null
            ? refusal.reason()
            : failure != null
                ? failure
                : CloseReason.local(Kind.TRANSPORT, "quic: the handshake was not completed");
    if (result.tryFailure(new NetworkException(why)) || result.isCancelled()) {
      attempt.failed(why);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (muxed == null) {
      fail(cause);
    } else {
      closeSoon();
    }
  }

  private void closeSoon() {
    channel.eventLoop().execute(channel::close);
  }
}
