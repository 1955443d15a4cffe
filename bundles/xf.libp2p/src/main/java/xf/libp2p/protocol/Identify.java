package xf.libp2p.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.Deadlines;
import xf.gossip.net.FrameReader;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;
import xf.gossip.net.Timers;
import xf.libp2p.crypto.PublicKey;
import xf.libp2p.record.PeerRecord;
import xf.libp2p.wire.WireException;
import xf.multiformats.Varint;

/**
 * Telling peers who we are and learning who they are (libp2p identify specification): {@code
 * /ipfs/id/1.0.0} asks, {@code /ipfs/id/push/1.0.0} tells anew.
 */
public final class Identify {
  /** Who opens this stream is told. */
  public static final ProtocolId PROTOCOL = new ProtocolId("/ipfs/id/1.0.0");

  /** Who opens this stream tells. */
  public static final ProtocolId PUSH = new ProtocolId("/ipfs/id/push/1.0.0");

  private final Timers timers;
  private final Self self;
  private final Book book;

  /** What we say about ourselves. */
  public interface Self {
    /** Our public key. */
    PublicKey publicKey();

    /** Where we can be reached. */
    List<Multiaddr> addresses();

    /** What we speak. */
    List<ProtocolId> protocols();

    /** The network we belong to. */
    String protocolVersion();

    /** The software we run; empty: not said. */
    String agentVersion();

    /** Our signed peer record; empty: not said. */
    byte[] signedRecord();
  }

  /**
   * What a peer said about itself.
   *
   * @param addresses where it says it listens: its signed record's if there is a valid one
   * @param certified whether the addresses are signed
   * @param protocols what it speaks, sorted
   * @param agent what it runs; empty if not said
   * @param observed where it sees us; null if not said
   */
  public record Learnt(
      List<Multiaddr> addresses,
      boolean certified,
      List<ProtocolId> protocols,
      String agent,
      @Nullable Multiaddr observed) {}

  /** Where it goes. Called on the stream's thread. */
  @FunctionalInterface
  public interface Book {
    /** A peer has said who it is. */
    void onIdentified(Connection connection, Learnt learnt);
  }

  /** With what to say and where what we learn goes. */
  public Identify(Timers timers, Self self, Book book) {
    this.timers = timers;
    this.self = self;
    this.book = book;
  }

  /** Handler of a stream on which a peer asks. */
  public StreamHandler answer(Stream stream) {
    return new Teller(new CompletableFuture<>());
  }

  /** Handler of a stream on which a peer tells. */
  public StreamHandler listen(Stream stream) {
    return new Hearer(new CompletableFuture<>());
  }

  /** Asks a peer; what it says goes to the book before the future completes. */
  public CompletableFuture<Void> ask(Connection connection, Duration timeout) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    return run(connection, PROTOCOL, new Hearer(done), done, timeout);
  }

  /** Tells a peer anew. */
  public CompletableFuture<Void> push(Connection connection, Duration timeout) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    return run(connection, PUSH, new Teller(done), done, timeout);
  }

  private CompletableFuture<Void> run(
      Connection connection,
      ProtocolId protocol,
      StreamHandler handler,
      CompletableFuture<Void> done,
      Duration timeout) {
    CompletableFuture<Stream> opening = connection.openStream(List.of(protocol), handler, timeout);
    var unused = opening.whenComplete((stream, failure) -> failIf(done, failure));
    var unusedToo = done.whenComplete((result, failure) -> giveUpIf(opening, failure));
    return Deadlines.limit(timers, done, timeout, "identify");
  }

  private static void failIf(CompletableFuture<Void> done, @Nullable Throwable failure) {
    if (failure != null) {
      done.completeExceptionally(failure);
    }
  }

  private static void giveUpIf(CompletableFuture<Stream> opening, @Nullable Throwable failure) {
    if (failure != null && !opening.cancel(false) && !opening.isCompletedExceptionally()) {
      opening.join().reset(CloseReason.local(CloseReason.Kind.TIMEOUT, "identify was given up"));
    }
  }

  private byte[] ownMessage(Connection connection) {
    return new IdentifyMessage(
            self.publicKey().encoded(),
            self.addresses(),
            self.protocols(),
            connection.info().remote(),
            self.protocolVersion(),
            self.agentVersion(),
            self.signedRecord())
        .encode();
  }

  private Learnt learn(PeerId peer, byte[] frame) {
    IdentifyMessage message = IdentifyMessage.decode(frame);
    if (message.publicKey().length > 0
        && !PublicKey.decode(message.publicKey()).peerId().equals(peer)) {
      throw WireException.notVerified("identify: the key is another peer's");
    }
    boolean certified = message.signedRecord().length > 0;
    List<Multiaddr> addresses =
        certified ? certifiedAddresses(peer, message.signedRecord()) : message.addresses();
    return new Learnt(
        addresses, certified, message.protocols(), message.agentVersion(), message.observed());
  }

  private static List<Multiaddr> certifiedAddresses(PeerId peer, byte[] envelope) {
    PeerRecord record = PeerRecord.open(envelope);
    if (!record.peer().equals(peer)) {
      throw WireException.notVerified("identify: the signed record is another peer's");
    }
    return record.addresses();
  }

  /** Sends one message and finishes. */
  private final class Teller implements StreamHandler {
    private final CompletableFuture<Void> done;

    Teller(CompletableFuture<Void> done) {
      this.done = done;
    }

    @Override
    public void onOpen(Stream stream) {
      byte[] message = ownMessage(stream.connection());
      ByteBuffer frame = ByteBuffer.allocate(Varint.lengthBytes(message.length) + message.length);
      Varint.put(frame, message.length);
      stream.write(frame.put(message).flip());
      var unused = stream.finish();
    }

    @Override
    public void onReadable(Stream stream) {
      throw CloseReason.local(
              CloseReason.Kind.PROTOCOL_VIOLATION, "identify: the listening side sent bytes")
          .toException();
    }

    @Override
    public void onClosed(Stream stream, CloseReason reason) {
      settle(done, reason);
    }
  }

  /**
   * Reads to the end and finishes. Some peers say it in several messages, of which each adds to
   * those before: for protobuf that is the same as one message with all their bytes.
   */
  private final class Hearer implements StreamHandler {
    private final FrameReader frames = new FrameReader(IdentifyMessage.MAX_BYTES);
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
    private final CompletableFuture<Void> done;

    Hearer(CompletableFuture<Void> done) {
      this.done = done;
    }

    @Override
    public void onReadable(Stream stream) {
      ByteBuffer frame = frames.next(stream);
      while (frame != null) {
        hear(frame);
        frame = frames.next(stream);
      }
    }

    private void hear(ByteBuffer frame) {
      if (heard.size() + frame.remaining() > IdentifyMessage.MAX_BYTES) {
        throw WireException.tooLarge(
            "identify, bytes in all", heard.size() + frame.remaining(), IdentifyMessage.MAX_BYTES);
      }
      byte[] bytes = new byte[frame.remaining()];
      frame.get(bytes);
      heard.writeBytes(bytes);
    }

    @Override
    public void onFinished(Stream stream) {
      if (heard.size() == 0 || frames.isInsideFrame()) {
        throw WireException.badFormat("identify: the peer ended before its message did");
      }
      book.onIdentified(stream.connection(), learn(stream.remotePeer(), heard.toByteArray()));
      done.complete(null);
      var unused = stream.finish();
    }

    @Override
    public void onClosed(Stream stream, CloseReason reason) {
      settle(done, reason);
    }
  }

  private static void settle(CompletableFuture<Void> done, CloseReason reason) {
    if (reason.kind() == CloseReason.Kind.FINISHED) {
      done.complete(null);
    } else {
      done.completeExceptionally(reason.toException());
    }
  }
}
