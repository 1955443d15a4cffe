package xf.shell;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.gossip.net.CloseReason;
import xf.gossip.net.Connection;
import xf.gossip.net.ConnectionInfo;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkLimits;
import xf.gossip.net.NetworkUsage;
import xf.gossip.net.PeerId;
import xf.gossip.net.PeerInfo;
import xf.gossip.net.Stranger;

/** What an operator does with the network: who we are, where we listen, who is there. */
@Component(service = NetworkCommands.class)
@GogoCommand(
    scope = "xf",
    function = {
      "id",
      "listen",
      "unlisten",
      "connect",
      "disconnect",
      "peers",
      "ping",
      "protocols",
      "limits",
      "_peers"
    })
public final class NetworkCommands {
  private static final Duration TIMEOUT = Duration.ofSeconds(15);
  private static final int DEFAULT_PINGS = 3;
  private static final int MAX_PINGS = 1000;

  private static final Usage ID =
      Usage.of("id", "", 0, 0, "Shows this device's peer id and where others may reach it.")
          .flag("--json", "as JSON");
  private static final Usage LISTEN =
      Usage.of(
          "listen",
          "ADDRESS",
          1,
          1,
          "Listens at an address until the node ends: /ip4/0.0.0.0/tcp/4001,"
              + " /ip4/127.0.0.1/udp/0/quic-v1.");
  private static final Usage UNLISTEN =
      Usage.of("unlisten", "ADDRESS", 1, 1, "Stops listening at an address that xf:id shows.");
  private static final Usage CONNECT =
      Usage.of("connect", "ADDRESS", 1, 1, "Connects with the peer at an address.")
          .flag("--json", "the connection as JSON");
  private static final Usage DISCONNECT =
      Usage.of("disconnect", "PEER", 1, 1, "Closes every connection with a peer.");
  private static final Usage PEERS =
      Usage.of("peers", "", 0, 0, "Lists peers: connections, what they speak, what went wrong.")
          .flag("--json", "as JSON");
  private static final Usage PING =
      Usage.of("ping", "PEER|ADDRESS [COUNT]", 1, 2, "Measures round trips with a peer.")
          .flag("--json", "as JSON");
  private static final Usage PROTOCOLS =
      Usage.of("protocols", "", 0, 0, "Lists the protocols this device speaks.")
          .flag("--json", "as JSON");
  private static final Usage LIMITS =
      Usage.of("limits", "", 0, 0, "Shows what peers may use, and how much of it is used.")
          .flag("--json", "as JSON");

  private final Services services;
  private final PeerSelector peers;

  /** Uses the services of the node. */
  @Activate
  public NetworkCommands(@Reference Services services, @Reference PeerSelector peers) {
    this.services = services;
    this.peers = peers;
  }

  private Network network() {
    return services.require(Network.class);
  }

  // Who and where we are.

  /** Shows who we are. */
  @Descriptor("this device's peer id and addresses; see xf:id --help")
  public void id(CommandSession session, String... arguments) {
    Call.run(ID, session, arguments, this::id);
  }

  private void id(Call call) {
    Network network = network();
    List<Multiaddr> addresses = network.advertisedAddresses();
    if (call.has("--json")) {
      Json.printObject(
          call.out(),
          json -> {
            json.writeStringField("peer", network.peerId().toString());
            Json.writeTexts(json, "listen", network.listenAddresses());
            Json.writeTexts(json, "addresses", addresses);
          });
      return;
    }
    call.out().println(network.peerId());
    if (addresses.isEmpty()) {
      call.out().println("listens nowhere; see xf:listen --help");
    }
    addresses.forEach(address -> call.out().println(address.withPeer(network.peerId())));
  }

  /** Listens at an address. */
  @Descriptor("listen at an address; see xf:listen --help")
  public void listen(CommandSession session, String... arguments) {
    Call.run(
        LISTEN,
        session,
        arguments,
        call -> {
          Multiaddr address = Multiaddr.parse(call.operand(0));
          Multiaddr bound = PublishCommands.join(network().listen(address));
          call.out().println("listening at " + bound.withPeer(network().peerId()));
        });
  }

  /** Stops listening at an address. */
  @Descriptor("stop listening at an address; see xf:unlisten --help")
  public void unlisten(CommandSession session, String... arguments) {
    Call.run(
        UNLISTEN,
        session,
        arguments,
        call -> {
          Multiaddr given = Multiaddr.parse(call.operand(0));
          Multiaddr address = given.withoutPeer().orElse(given);
          PublishCommands.join(network().unlisten(address));
          call.out().println("no longer listening at " + address);
        });
  }

  // Others.

  /** Connects with a peer. */
  @Descriptor("connect with a peer; see xf:connect --help")
  public void connect(CommandSession session, String... arguments) {
    Call.run(CONNECT, session, arguments, this::connect);
  }

  private void connect(Call call) {
    Multiaddr address = Multiaddr.parse(call.operand(0));
    Connection connection = PublishCommands.join(network().dial(address, TIMEOUT));
    ConnectionInfo info = connection.info();
    if (call.has("--json")) {
      Json.printObject(call.out(), json -> write(json, info));
    } else {
      call.out().println("connected with " + info.peer() + " over " + stack(info));
    }
  }

  /** Closes every connection with a peer. */
  @Descriptor("close the connections with a peer; see xf:disconnect --help")
  public void disconnect(CommandSession session, String... arguments) {
    Call.run(
        DISCONNECT,
        session,
        arguments,
        call -> {
          PeerId peer = peers.select(call.operand(0));
          PublishCommands.join(
              network()
                  .disconnect(
                      peer,
                      CloseReason.local(CloseReason.Kind.REQUESTED, "asked for in the shell")));
          call.out().println("disconnected from " + peer);
        });
  }

  /** The ids of peers, for completion. */
  @Descriptor("ids of peers, for completion")
  public List<String> _peers() {
    return peers.known().map(PeerId::toString).toList();
  }

  /** Lists peers. */
  @Descriptor("list peers; see xf:peers --help")
  public void peers(CommandSession session, String... arguments) {
    Call.run(PEERS, session, arguments, this::peers);
  }

  private void peers(Call call) {
    List<PeerInfo> peers = network().peers();
    List<Stranger> strangers = network().strangers();
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartArray();
            for (PeerInfo peer : peers) {
              json.writeStartObject();
              write(json, peer);
              json.writeEndObject();
            }
            for (Stranger stranger : strangers) {
              json.writeStartObject();
              write(json, stranger);
              json.writeEndObject();
            }
            json.writeEndArray();
          });
      return;
    }
    if (peers.isEmpty()) {
      call.out().println("no peers; see xf:connect --help");
    }
    peers.forEach(peer -> print(call.out(), peer));
    strangers.forEach(
        each -> call.out().println("stranger at " + place(each) + "  " + each.reason()));
  }

  private static String place(Stranger stranger) {
    return stranger.remote().getAddress().getHostAddress() + " port " + stranger.remote().getPort();
  }

  private static void print(PrintStream out, PeerInfo peer) {
    out.println(peer.peer() + peer.agent().map(agent -> "  " + agent).orElse(""));
    for (ConnectionInfo each : peer.connections()) {
      out.printf(
          Locale.ROOT,
          "  %s %s  %s  %s  rtt %s  in %s  out %s  open %d s%n",
          each.initiator() ? "to  " : "from",
          each.remote(),
          stack(each),
          Human.count(each.streams(), "stream"),
          each.roundTrip().map(NetworkCommands::millis).orElse("-"),
          Human.bytes(each.bytesIn()),
          Human.bytes(each.bytesOut()),
          each.age().toSeconds());
    }
    if (!peer.protocols().isEmpty()) {
      out.println("  speaks " + String.join(" ", texts(peer.protocols())));
    }
    peer.lastFailure().ifPresent(reason -> out.println("  last failure: " + reason));
  }

  private static String stack(ConnectionInfo info) {
    return info.transport() + " " + info.security() + " " + info.muxer();
  }

  private static String millis(Duration time) {
    return String.format(Locale.ROOT, "%.2f ms", time.toNanos() / 1e6);
  }

  /** Measures round trips. */
  @Descriptor("measure round trips with a peer; see xf:ping --help")
  public void ping(CommandSession session, String... arguments) {
    Call.run(PING, session, arguments, this::ping);
  }

  private void ping(Call call) {
    Network network = network();
    PeerId peer = dialled(network, call.operand(0));
    int count = (int) call.number(1, "COUNT", 1, MAX_PINGS, DEFAULT_PINGS);
    long[] nanos = new long[count];
    for (int i = 0; i < count; i++) {
      nanos[i] = PublishCommands.join(network.ping(peer, TIMEOUT)).toNanos();
    }
    Arrays.sort(nanos);
    if (call.has("--json")) {
      Json.printObject(
          call.out(),
          json -> {
            json.writeStringField("peer", peer.toString());
            json.writeArrayFieldStart("round_trips_ms");
            for (long each : nanos) {
              json.writeNumber(each / 1e6);
            }
            json.writeEndArray();
          });
    } else {
      call.out()
          .printf(
              Locale.ROOT,
              "%s  %d round trips: least %s, median %s, most %s%n",
              peer,
              count,
              millis(Duration.ofNanos(nanos[0])),
              millis(Duration.ofNanos(nanos[count / 2])),
              millis(Duration.ofNanos(nanos[count - 1])));
    }
  }

  private PeerId dialled(Network network, String peerOrAddress) {
    if (!peerOrAddress.startsWith("/")) {
      return peers.select(peerOrAddress);
    }
    Multiaddr address = Multiaddr.parse(peerOrAddress);
    return PublishCommands.join(network.dial(address, TIMEOUT)).remotePeer();
  }

  // What we speak and allow.

  /** Lists our protocols. */
  @Descriptor("list the protocols spoken here; see xf:protocols --help")
  public void protocols(CommandSession session, String... arguments) {
    Call.run(PROTOCOLS, session, arguments, this::protocols);
  }

  private void protocols(Call call) {
    List<String> names = network().protocols().stream().map(Object::toString).sorted().toList();
    if (call.has("--json")) {
      Json.print(call.out(), json -> Json.writeTexts(json, names));
    } else {
      names.forEach(call.out()::println);
    }
  }

  /** Shows limits and use. */
  @Descriptor("what peers may use; see xf:limits --help")
  public void limits(CommandSession session, String... arguments) {
    Call.run(LIMITS, session, arguments, this::limits);
  }

  private record Limit(String name, Optional<Long> used, long most) {}

  private void limits(Call call) {
    NetworkUsage use = network().usage();
    List<Limit> limits = limits(network().limits(), use);
    if (call.has("--json")) {
      Json.printObject(call.out(), json -> write(json, limits, use));
      return;
    }
    for (Limit limit : limits) {
      call.out()
          .printf(
              Locale.ROOT,
              "%-24s %12s of %,d%n",
              limit.name,
              limit.used.map(Human::count).orElse("each"),
              limit.most);
    }
    call.out()
        .println(
            Human.count(use.refused())
                + " refused, "
                + Human.count(use.trimmed())
                + " trimmed, "
                + Human.count(use.failed())
                + " failed since the start");
  }

  private static List<Limit> limits(NetworkLimits most, NetworkUsage use) {
    return List.of(
        new Limit("connections", Optional.of((long) use.connections()), most.connections()),
        new Limit("connections per peer", Optional.empty(), most.connectionsPerPeer()),
        new Limit("half-open", Optional.of((long) use.halfOpen()), most.halfOpen()),
        new Limit("half-open per address", Optional.empty(), most.halfOpenPerAddress()),
        new Limit("dials", Optional.of((long) use.dials()), most.dials()),
        new Limit("streams", Optional.of((long) use.streams()), most.streams()),
        new Limit("streams per connection", Optional.empty(), most.streamsPerConnection()),
        new Limit("bytes", Optional.of(use.bytes()), most.bytes()),
        new Limit("bytes per peer", Optional.empty(), most.bytesPerPeer()),
        new Limit("bytes per stream", Optional.empty(), most.windowBytes()),
        new Limit("bytes queued per stream", Optional.empty(), most.bytesQueuedPerStream()),
        new Limit("handshake ms", Optional.empty(), most.handshakeTimeoutMs()),
        new Limit("negotiation ms", Optional.empty(), most.negotiationTimeoutMs()));
  }

  private static void write(JsonGenerator json, List<Limit> limits, NetworkUsage use)
      throws IOException {
    for (Limit limit : limits) {
      json.writeObjectFieldStart(limit.name.replace(' ', '_'));
      if (limit.used.isPresent()) {
        json.writeNumberField("used", limit.used.get());
      }
      json.writeNumberField("most", limit.most);
      json.writeEndObject();
    }
    json.writeNumberField("refused", use.refused());
    json.writeNumberField("trimmed", use.trimmed());
    json.writeNumberField("failed", use.failed());
  }

  private static void write(JsonGenerator json, Stranger stranger) throws IOException {
    json.writeStringField("stranger", stranger.remote().getAddress().getHostAddress());
    json.writeNumberField("port", stranger.remote().getPort());
    json.writeStringField("last_failure", stranger.reason().toString());
  }

  private static void write(JsonGenerator json, PeerInfo peer) throws IOException {
    json.writeStringField("peer", peer.peer().toString());
    if (peer.agent().isPresent()) {
      json.writeStringField("agent", peer.agent().get());
    }
    Json.writeObjects(json, "connections", peer.connections(), NetworkCommands::write);
    Json.writeTexts(json, "addresses", peer.addresses());
    Json.writeTexts(json, "protocols", peer.protocols());
    if (peer.lastFailure().isPresent()) {
      json.writeStringField("last_failure", peer.lastFailure().get().toString());
    }
  }

  private static void write(JsonGenerator json, ConnectionInfo info) throws IOException {
    json.writeStringField("peer", info.peer().toString());
    json.writeStringField("local", info.local().toString());
    json.writeStringField("remote", info.remote().toString());
    json.writeBooleanField("initiator", info.initiator());
    json.writeStringField("transport", info.transport());
    json.writeStringField("security", info.security());
    json.writeStringField("muxer", info.muxer());
    json.writeNumberField("age_ms", info.age().toMillis());
    if (info.roundTrip().isPresent()) {
      json.writeNumberField("rtt_ms", info.roundTrip().get().toNanos() / 1e6);
    }
    json.writeNumberField("streams", info.streams());
    json.writeNumberField("bytes_in", info.bytesIn());
    json.writeNumberField("bytes_out", info.bytesOut());
  }

  private static List<String> texts(List<?> values) {
    return values.stream().map(Object::toString).toList();
  }
}
