package xf.libp2p.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import xf.event.XfException;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.ProtocolId;
import xf.libp2p.record.AddressList;
import xf.libp2p.wire.ProtoReader;
import xf.libp2p.wire.ProtoWriter;

/**
 * What a peer says about itself (libp2p identify specification). Every field may be missing; what
 * cannot be read inside a list is left out.
 *
 * @param publicKey its key, as a PublicKey message; empty if not said
 * @param addresses where it says it listens
 * @param protocols what it speaks, sorted
 * @param observed where it sees us
 * @param protocolVersion the network it belongs to
 * @param agentVersion the software it runs; cut to {@link #MAX_AGENT_CHARS}
 * @param signedRecord its signed peer record; empty if not said
 */
@SuppressWarnings("ArrayRecordComponent") // on its way between two arrays; never compared
record IdentifyMessage(
    byte[] publicKey,
    List<Multiaddr> addresses,
    List<ProtocolId> protocols,
    @Nullable Multiaddr observed,
    String protocolVersion,
    String agentVersion,
    byte[] signedRecord) {

  /** The longest message accepted, in bytes. */
  static final int MAX_BYTES = 64 << 10;

  static final int MAX_AGENT_CHARS = 128;
  static final int MAX_PROTOCOLS = 1024;
  static final int MAX_ADDRESSES = 64;

  private static final int PUBLIC_KEY_FIELD = 1;
  private static final int ADDRESSES_FIELD = 2;
  private static final int PROTOCOLS_FIELD = 3;
  private static final int OBSERVED_FIELD = 4;
  private static final int PROTOCOL_VERSION_FIELD = 5;
  private static final int AGENT_VERSION_FIELD = 6;
  private static final int SIGNED_RECORD_FIELD = 8;

  byte[] encode() {
    ProtoWriter out = new ProtoWriter().bytes(PUBLIC_KEY_FIELD, publicKey);
    addresses.forEach(address -> out.bytes(ADDRESSES_FIELD, address.toByteArray()));
    protocols.forEach(protocol -> out.string(PROTOCOLS_FIELD, protocol.name()));
    if (observed != null) {
      out.bytes(OBSERVED_FIELD, observed.toByteArray());
    }
    out.string(PROTOCOL_VERSION_FIELD, protocolVersion);
    if (!agentVersion.isEmpty()) {
      out.string(AGENT_VERSION_FIELD, agentVersion);
    }
    if (signedRecord.length > 0) {
      out.bytes(SIGNED_RECORD_FIELD, signedRecord);
    }
    return out.toByteArray();
  }

  /**
   * Reads a message.
   *
   * @throws xf.libp2p.wire.WireException when it is no protobuf
   */
  static IdentifyMessage decode(byte[] bytes) {
    byte[] publicKey = new byte[0];
    byte[] signedRecord = new byte[0];
    String protocolVersion = "";
    String agentVersion = "";
    List<Multiaddr> addresses = new ArrayList<>();
    List<Multiaddr> observed = new ArrayList<>();
    TreeSet<ProtocolId> protocols = new TreeSet<>();
    ProtoReader reader = new ProtoReader(bytes, "identify");
    while (reader.next()) {
      switch (reader.field()) {
        case PUBLIC_KEY_FIELD -> publicKey = reader.bytes();
        case ADDRESSES_FIELD -> AddressList.add(addresses, reader.bytes(), MAX_ADDRESSES);
        case PROTOCOLS_FIELD -> addProtocol(protocols, reader.string());
        case OBSERVED_FIELD -> AddressList.add(observed, reader.bytes(), 1);
        case PROTOCOL_VERSION_FIELD -> protocolVersion = printable(reader.string());
        case AGENT_VERSION_FIELD -> agentVersion = printable(reader.string());
        case SIGNED_RECORD_FIELD -> signedRecord = reader.bytes();
        default -> reader.skip();
      }
    }
    return new IdentifyMessage(
        publicKey,
        List.copyOf(addresses),
        List.copyOf(protocols),
        observed.isEmpty() ? null : observed.get(0),
        protocolVersion,
        agentVersion,
        signedRecord);
  }

  private static void addProtocol(TreeSet<ProtocolId> protocols, String name) {
    if (protocols.size() < MAX_PROTOCOLS && isUsable(name)) {
      protocols.add(new ProtocolId(name));
    }
  }

  private static boolean isUsable(String name) {
    try {
      return new ProtocolId(name).name().equals(name);
    } catch (XfException unusable) {
      return false; // an old name without a slash, say: nothing we could speak
    }
  }

  /** What strangers write is shown in a terminal: no control characters, no endless lines. */
  private static String printable(String text) {
    StringBuilder shown = new StringBuilder(Math.min(text.length(), MAX_AGENT_CHARS));
    text.codePoints()
        .limit(MAX_AGENT_CHARS)
        .forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    return shown.toString();
  }
}
