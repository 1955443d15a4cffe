package xf.testkit.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import xf.event.Sha256;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.FrameReader;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkEvent;
import xf.gossip.net.NetworkException;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.PeerInfo;
import xf.gossip.net.ProtocolId;
import xf.gossip.net.Registration;
import xf.gossip.net.Stream;
import xf.gossip.net.StreamHandler;
import xf.multiformats.Varint;
import xf.testkit.net.StreamProbe.Mode;

/** What every {@link Network} does. Extended by one test class for each. */
public abstract class NetworkContract {
  /** How long anything may take. */
  protected static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final ProtocolId ECHO = new ProtocolId("/xf/test/echo/1");
  private static final ProtocolId SINK = new ProtocolId("/xf/test/sink/1");
  private static final ProtocolId OTHER = new ProtocolId("/xf/test/other/1");
  private static final int MIB = 1 << 20;

  private final List<Network> networks = new ArrayList<>();
  private final ConcurrentLinkedQueue<NetworkEvent> eventsOfAlice = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<StreamProbe> accepted = new ConcurrentLinkedQueue<>();
  private Network alice;
  private Network bob;
  private Multiaddr bobAddress;

  /** A network that is not listening. */
  protected abstract Network create(NetworkIdentity identity, NetworkLimits limits);

  /** An address to listen at whose free part is left to the network. */
  protected abstract Multiaddr anyAddress();

  /** Lets things happen until the condition holds; whether it did within {@link #TIMEOUT}. */
  protected abstract boolean until(BooleanSupplier condition);

  @BeforeEach
  void connectAliceAndBob() {
    alice = join(1, NetworkLimits.DEFAULT);
    bob = join(2, NetworkLimits.DEFAULT);
    bob.handle(ECHO, stream -> accept(Mode.ECHO));
    alice.addListener(eventsOfAlice::add);
    bobAddress = await(bob.listen(anyAddress()));
    alice.learn(bob.peerId(), List.of(bobAddress), Duration.ofHours(1));
  }

  @AfterEach
  void closeAll() {
    networks.forEach(network -> await(network.close()));
  }

  private Network join(long seed, NetworkLimits limits) {
    Network network = create(new TestIdentity(seed), limits);
    networks.add(network);
    return network;
  }

  private StreamProbe accept(Mode mode) {
    StreamProbe probe = new StreamProbe(mode);
    accepted.add(probe);
    return probe;
  }

  private <T> T await(CompletableFuture<T> future) {
    assertTrue(until(future::isDone), "not done within " + TIMEOUT);
    return future.join();
  }

  private CloseReason failureOf(CompletableFuture<?> future) {
    assertTrue(until(future::isDone), "not done within " + TIMEOUT);
    Throwable failure = assertThrows(RuntimeException.class, future::join);
    Throwable cause = failure instanceof NetworkException ? failure : failure.getCause();
    if (cause instanceof NetworkException typed) {
      return typed.reason();
    }
    throw new AssertionError("expected a NetworkException", failure);
  }

  private StreamProbe open(Mode mode, long sendBytes, boolean finish, ProtocolId... protocols) {
    StreamProbe probe = new StreamProbe(mode).sending(sendBytes, finish);
    await(alice.openStream(bob.peerId(), List.of(protocols), probe, TIMEOUT));
    return probe;
  }

  private StreamProbe acceptedProbe() {
    assertTrue(until(() -> !accepted.isEmpty() && accepted.element().stream() != null));
    return accepted.element();
  }

  private static Stream stream(StreamProbe probe) {
    return Objects.requireNonNull(probe.stream(), "opened");
  }

  private static CloseReason closed(StreamProbe probe) {
    return Objects.requireNonNull(probe.closed(), "closed");
  }

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void shouldCarryBytesBothWays() {
    StreamProbe probe = open(Mode.COLLECT, 0, false, ECHO);
    stream(probe).write(text("hello"));
    assertTrue(until(() -> probe.text().equals("hello")));
    assertEquals(bob.peerId(), stream(probe).remotePeer());
    assertEquals(ECHO, stream(probe).protocol());
    assertTrue(stream(probe).isInitiator());
    assertFalse(stream(acceptedProbe()).isInitiator());
    assertEquals(alice.peerId(), stream(acceptedProbe()).remotePeer());
  }

  @Test
  void shouldCarryMoreThanAWindowWithoutLosingAByte() {
    StreamProbe probe = open(Mode.COLLECT, 5 * MIB, true, ECHO);
    assertTrue(until(() -> probe.closed() != null));
    assertEquals(5 * MIB, probe.receivedBytes());
    assertArrayEquals(Sha256.newDigest().digest(new byte[5 * MIB]), probe.sha256());
    assertEquals(CloseReason.Kind.FINISHED, closed(probe).kind());
    assertEquals(List.of("open", "finished", "closed"), probe.calls());
    assertTrue(until(() -> acceptedProbe().closed() != null));
    assertEquals(List.of("open", "finished", "closed"), acceptedProbe().calls());
  }

  @Test
  void shouldHoldAtMostAWindowWhenAHandlerNeverReads() {
    bob.handle(SINK, stream -> accept(Mode.HOLD));
    StreamProbe probe = open(Mode.COLLECT, 64L * MIB, true, SINK);
    int window = NetworkLimits.DEFAULT.windowBytes();
    assertTrue(until(() -> !stream(probe).isWritable()));
    assertFalse(until1s(() -> bob.usage().bytes() > window + MIB));
    NetworkException refused =
        assertThrows(
            NetworkException.class, () -> stream(probe).write(ByteBuffer.allocate(8 * MIB)));
    assertEquals(CloseReason.Kind.LIMIT, refused.reason().kind());
    acceptedProbe().release();
    assertTrue(until(() -> acceptedProbe().receivedBytes() == 64L * MIB));
    assertTrue(until(() -> bob.usage().bytes() == 0));
  }

  private boolean until1s(BooleanSupplier condition) {
    long endNs = alice.timers().nowNs() + 1_000_000_000L;
    until(() -> condition.getAsBoolean() || alice.timers().nowNs() > endNs);
    return condition.getAsBoolean();
  }

  @Test
  void shouldGoOnWritingAfterThePeerFinished() {
    bob.handle(SINK, stream -> accept(Mode.COLLECT));
    StreamProbe probe = open(Mode.COLLECT, 0, false, SINK);
    StreamProbe other = acceptedProbe();
    await(stream(probe).finish());
    assertTrue(until(other::isRemoteFinished));
    assertThrows(IllegalStateException.class, () -> stream(probe).write(text("late")));
    stream(other).write(text("still here"));
    assertTrue(until(() -> probe.text().equals("still here")));
    await(stream(other).finish());
    assertTrue(until(() -> probe.closed() != null && other.closed() != null));
    assertEquals(CloseReason.Kind.FINISHED, closed(probe).kind());
    assertEquals(CloseReason.Kind.FINISHED, closed(other).kind());
  }

  @Test
  void shouldTellThePeerOfAResetAndLeaveOtherStreamsAlone() {
    StreamProbe first = open(Mode.COLLECT, 0, false, ECHO);
    StreamProbe firstAccepted = acceptedProbe();
    StreamProbe second = open(Mode.COLLECT, 0, false, ECHO);
    stream(first).reset(CloseReason.local(CloseReason.Kind.REQUESTED, "enough"));
    assertTrue(until(() -> first.closed() != null && firstAccepted.closed() != null));
    assertFalse(closed(first).remote());
    assertTrue(closed(firstAccepted).remote());
    assertEquals(CloseReason.Kind.REQUESTED, closed(firstAccepted).kind());
    stream(second).write(text("alive"));
    assertTrue(until(() -> second.text().equals("alive")));
    assertThrows(NetworkException.class, () -> stream(first).write(text("dead")));
  }

  @Test
  void shouldResetTheStreamWhoseHandlerThrowsAndNothingElse() {
    bob.handle(SINK, stream -> accept(Mode.FAIL));
    StreamProbe probe = open(Mode.COLLECT, 0, false, SINK);
    stream(probe).write(text("boom"));
    assertTrue(until(() -> probe.closed() != null));
    StreamProbe failed = acceptedProbe();
    assertTrue(until(() -> failed.closed() != null));
    assertEquals(CloseReason.Kind.HANDLER_FAILED, closed(failed).kind());
    assertEquals(1, bob.usage().listenerFailures());
    StreamProbe after = open(Mode.COLLECT, 0, false, ECHO);
    stream(after).write(text("fine"));
    assertTrue(until(() -> after.text().equals("fine")));
  }

  @Test
  void shouldAgreeOnTheFirstProtocolThePeerSpeaks() {
    StreamProbe probe = open(Mode.COLLECT, 0, false, OTHER, ECHO);
    assertEquals(ECHO, stream(probe).protocol());
    CloseReason none =
        failureOf(
            alice.openStream(
                bob.peerId(), List.of(OTHER, SINK), new StreamProbe(Mode.COLLECT), TIMEOUT));
    assertEquals(CloseReason.Kind.NOT_SUPPORTED, none.kind());
  }

  @Test
  void shouldStopAcceptingWhenTheRegistrationIsClosed() {
    Registration registration = bob.handle(SINK, stream -> accept(Mode.COLLECT));
    assertTrue(bob.protocols().contains(SINK));
    assertThrows(
        IllegalStateException.class, () -> bob.handle(SINK, stream -> accept(Mode.COLLECT)));
    StreamProbe before = open(Mode.COLLECT, 0, false, SINK);
    registration.close();
    assertEquals(
        CloseReason.Kind.NOT_SUPPORTED,
        failureOf(
                alice.openStream(
                    bob.peerId(), List.of(SINK), new StreamProbe(Mode.COLLECT), TIMEOUT))
            .kind());
    stream(before).write(text("on"));
    assertTrue(until(() -> acceptedProbe().text().equals("on")));
  }

  @Test
  void shouldRunManyStreamsAtATime() {
    List<StreamProbe> probes = new ArrayList<>();
    List<CompletableFuture<Stream>> opening = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      StreamProbe probe = new StreamProbe(Mode.COLLECT).sending(10_000, true);
      probes.add(probe);
      opening.add(alice.openStream(bob.peerId(), List.of(ECHO), probe, TIMEOUT));
    }
    opening.forEach(this::await);
    assertTrue(until(() -> probes.stream().allMatch(p -> p.closed() != null)));
    probes.forEach(probe -> assertEquals(10_000, probe.receivedBytes()));
    assertEquals(1, alice.connections().size());
    assertTrue(until(() -> alice.usage().streams() <= 1 && bob.usage().streams() <= 1));
  }

  @Test
  void shouldShareOneDialAndOneConnection() {
    CompletableFuture<Connection> first = alice.dial(bob.peerId(), TIMEOUT);
    CompletableFuture<Connection> second = alice.dial(bob.peerId(), TIMEOUT);
    assertSame(await(first), await(second));
    assertSame(await(first), await(alice.dial(bobAddress.withPeer(bob.peerId()), TIMEOUT)));
    assertEquals(1, alice.connections().size());
    assertTrue(await(first).isOpen());
    assertEquals(bob.peerId(), await(first).info().peer());
  }

  @Test
  void shouldLeaveTheDialToOthersWhenOneWaiterGivesUp() {
    CompletableFuture<Connection> first = alice.dial(bob.peerId(), TIMEOUT);
    CompletableFuture<Connection> second = alice.dial(bob.peerId(), TIMEOUT);
    first.cancel(false);
    assertEquals(bob.peerId(), await(second).remotePeer());
  }

  @Test
  void shouldRefuseAPeerThatIsNotTheOneDialled() {
    Network carol = join(3, NetworkLimits.DEFAULT);
    CloseReason reason = failureOf(alice.dial(bobAddress.withPeer(carol.peerId()), TIMEOUT));
    assertEquals(CloseReason.Kind.WRONG_PEER, reason.kind());
    Optional<PeerInfo> info = alice.peer(carol.peerId());
    assertEquals(
        CloseReason.Kind.WRONG_PEER, info.orElseThrow().lastFailure().orElseThrow().kind());
  }

  @Test
  void shouldSayThatNoAddressIsKnown() {
    Network carol = join(3, NetworkLimits.DEFAULT);
    assertEquals(CloseReason.Kind.NO_ADDRESS, failureOf(bob.dial(carol.peerId(), TIMEOUT)).kind());
  }

  /** Where the transport has no way to hear of it, time must run out. */
  @Test
  void shouldSayThatNobodyListens() {
    await(bob.unlisten(bobAddress));
    assertEquals(List.of(), bob.listenAddresses());
    CloseReason reason = failureOf(alice.dial(bob.peerId(), Duration.ofSeconds(1)));
    assertTrue(
        reason.kind() == CloseReason.Kind.TRANSPORT || reason.kind() == CloseReason.Kind.TIMEOUT,
        reason::toString);
  }

  @Test
  void shouldTellListenersWhatHappens() {
    await(alice.dial(bob.peerId(), TIMEOUT));
    assertTrue(
        until(
            () -> eventsOfAlice.stream().anyMatch(NetworkEvent.PeerIdentified.class::isInstance)));
    assertTrue(alice.peer(bob.peerId()).orElseThrow().protocols().contains(ECHO));
    await(
        alice.disconnect(
            bob.peerId(), CloseReason.local(CloseReason.Kind.REQUESTED, "the user said so")));
    assertTrue(
        until(
            () ->
                eventsOfAlice.stream().anyMatch(NetworkEvent.PeerDisconnected.class::isInstance)));
    assertTrue(until(() -> bob.connections().isEmpty()));
    assertEquals(
        List.of(
            "ConnectionOpened",
            "PeerConnected",
            "PeerIdentified",
            "ConnectionClosed",
            "PeerDisconnected"),
        eventsOfAlice.stream().map(event -> event.getClass().getSimpleName()).toList());
  }

  @Test
  void shouldEndStreamsWhenTheConnectionIsClosed() {
    StreamProbe probe = open(Mode.COLLECT, 0, false, ECHO);
    await(stream(probe).connection().close(CloseReason.local(CloseReason.Kind.REQUESTED, "bye")));
    assertTrue(until(() -> probe.closed() != null && acceptedProbe().closed() != null));
    assertEquals(CloseReason.Kind.REQUESTED, closed(probe).kind());
    CloseReason theirs = closed(acceptedProbe());
    assertTrue(theirs.remote(), theirs::toString);
    assertFalse(stream(probe).connection().isOpen());
  }

  @Test
  void shouldMeasureARoundTrip() {
    Duration time = await(alice.ping(bob.peerId(), TIMEOUT));
    assertFalse(time.isNegative());
    Connection connection = alice.connections().get(0);
    assertTrue(until(() -> connection.info().roundTrip().isPresent()));
  }

  @Test
  void shouldRefuseMoreConnectionsThanItsLimit() {
    NetworkLimits one = withConnections(1);
    Network carol = join(3, one);
    Multiaddr address = await(carol.listen(anyAddress()));
    await(alice.dial(address.withPeer(carol.peerId()), TIMEOUT));
    CompletableFuture<Connection> second = bob.dial(address.withPeer(carol.peerId()), TIMEOUT);
    assertTrue(until(second::isDone));
    assertTrue(until(() -> bob.connections().isEmpty()));
    assertTrue(until(() -> carol.usage().refused() > 0));
    assertEquals(1, carol.connections().size());
  }

  private static NetworkLimits withConnections(int connections) {
    NetworkLimits d = NetworkLimits.DEFAULT;
    return new NetworkLimits(
        connections,
        connections,
        d.connectionsPerPeer(),
        d.halfOpen(),
        d.halfOpenPerAddress(),
        d.dials(),
        d.streamsPerConnection(),
        d.streams(),
        d.windowBytes(),
        d.bytesPerPeer(),
        d.bytes(),
        d.bytesQueuedPerStream(),
        d.handshakeTimeoutMs(),
        d.negotiationTimeoutMs());
  }

  @Test
  void shouldCutAStreamIntoFrames() {
    int[] lengths = {0, 1, 127, 128, 20_000, MIB, 3};
    FrameCollector collector = new FrameCollector();
    bob.handle(SINK, stream -> collector);
    StreamProbe probe = open(Mode.COLLECT, 0, false, SINK);
    for (int length : lengths) {
      ByteBuffer frame = ByteBuffer.allocate(Varint.MAX_BYTES + length);
      Varint.put(frame, length);
      stream(probe).write(frame.limit(frame.position() + length).rewind());
    }
    assertTrue(until(() -> collector.lengths().size() == lengths.length));
    assertArrayEquals(lengths, collector.lengths().stream().mapToInt(l -> l).toArray());
  }

  private static final class FrameCollector implements StreamHandler {
    private final FrameReader frames = new FrameReader(MIB);
    private final ConcurrentLinkedQueue<Integer> lengths = new ConcurrentLinkedQueue<>();

    List<Integer> lengths() {
      return List.copyOf(lengths);
    }

    @Override
    public void onReadable(Stream stream) {
      ByteBuffer frame = frames.next(stream);
      while (frame != null) {
        lengths.add(frame.remaining());
        frame = frames.next(stream);
      }
    }

    @Override
    public void onClosed(Stream stream, CloseReason reason) {
      lengths.add(-1);
    }
  }

  @Test
  void shouldFailEverythingAfterClose() {
    StreamProbe probe = open(Mode.COLLECT, 0, false, ECHO);
    await(alice.close());
    assertTrue(until(() -> probe.closed() != null));
    assertEquals(CloseReason.Kind.SHUTDOWN, closed(probe).kind());
    assertEquals(CloseReason.Kind.SHUTDOWN, failureOf(alice.dial(bob.peerId(), TIMEOUT)).kind());
    assertEquals(CloseReason.Kind.SHUTDOWN, failureOf(alice.listen(anyAddress())).kind());
    assertTrue(until(() -> bob.connections().isEmpty()));
    assertNotNull(acceptedProbe());
    await(alice.close());
  }
}
