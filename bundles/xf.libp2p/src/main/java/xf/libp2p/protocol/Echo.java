package xf.libp2p.protocol;

import java.nio.ByteBuffer;
import xf.gossip.net.CloseReason;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamAcceptor;
import xf.gossip.net.StreamHandler;

/** Sends back what it receives, and reads no more than it can send. */
public final class Echo implements StreamAcceptor {
  /** The protocol. */
  public static final ProtocolId PROTOCOL = new ProtocolId("/echo/1.0.0");

  private static final StreamHandler HANDLER = new Handler();

  @Override
  public StreamHandler accept(Stream stream) {
    return HANDLER;
  }

  private static final class Handler implements StreamHandler {
    @Override
    public void onReadable(Stream stream) {
      ByteBuffer bytes = stream.readable();
      while (bytes.hasRemaining() && stream.isWritable()) {
        int length = bytes.remaining();
        stream.write(bytes);
        stream.consume(length);
        bytes = stream.readable();
      }
    }

    @Override
    public void onWritable(Stream stream) {
      stream.resume();
    }

    @Override
    public void onFinished(Stream stream) {
      var unused = stream.finish();
    }

    @Override
    public void onClosed(Stream stream, CloseReason reason) {
      // Nothing is kept for a stream.
    }
  }
}
