package xf.libp2p.record;

import java.util.ArrayList;
import java.util.List;
import xf.event.XfException;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.NetworkIdentity;
import xf.gossip.net.PeerId;
import xf.libp2p.wire.ProtoReader;
import xf.libp2p.wire.ProtoWriter;
import xf.libp2p.wire.WireException;

/**
 * A peer's own word on where it is (libp2p RFC 0003), always inside a {@link SignedEnvelope}.
 *
 * @param peer the peer
 * @param sequence grows with each new record; the largest holds
 * @param addresses where it says it is
 */
public record PeerRecord(PeerId peer, long sequence, List<Multiaddr> addresses) {
  /** The most addresses that are kept of a record; what follows is ignored. */
  public static final int MAX_ADDRESSES = 64;

  private static final String DOMAIN = "libp2p-peer-record";
  private static final byte[] PAYLOAD_TYPE = {0x03, 0x01};
  private static final int PEER_FIELD = 1;
  private static final int SEQUENCE_FIELD = 2;
  private static final int ADDRESSES_FIELD = 3;
  private static final int ADDRESS_FIELD = 1;

  /** Keeps a list that nobody changes. */
  public PeerRecord {
    addresses = List.copyOf(addresses);
  }

  /** Our own record, signed. */
  public static byte[] seal(NetworkIdentity identity, long sequence, List<Multiaddr> addresses) {
    ProtoWriter record =
        new ProtoWriter()
            .bytes(PEER_FIELD, identity.peerId().toByteArray())
            .uint(SEQUENCE_FIELD, sequence);
    for (Multiaddr address : addresses) {
      record.message(
          ADDRESSES_FIELD, new ProtoWriter().bytes(ADDRESS_FIELD, address.toByteArray()));
    }
    return SignedEnvelope.seal(identity, DOMAIN, PAYLOAD_TYPE, record.toByteArray());
  }

  /**
   * Opens a signed record. Addresses that cannot be read are left out.
   *
   * @throws WireException when it is malformed, not signed by the peer it is about, or does not
   *     verify
   */
  public static PeerRecord open(byte[] envelope) {
    SignedEnvelope opened = SignedEnvelope.open(envelope, DOMAIN, PAYLOAD_TYPE);
    PeerId peer = null;
    long sequence = 0;
    List<Multiaddr> addresses = new ArrayList<>();
    ProtoReader reader = new ProtoReader(opened.payload(), "peer record");
    while (reader.next()) {
      switch (reader.field()) {
        case PEER_FIELD -> peer = peer(reader.bytes());
        case SEQUENCE_FIELD -> sequence = reader.uint();
        case ADDRESSES_FIELD -> readAddress(reader.message("peer record address"), addresses);
        default -> reader.skip();
      }
    }
    if (peer == null || !opened.signer().peerId().equals(peer)) {
      throw WireException.notVerified("peer record: it is about another peer than its signer");
    }
    return new PeerRecord(peer, sequence, addresses);
  }

  private static PeerId peer(byte[] multihash) {
    try {
      return PeerId.ofMultihash(multihash);
    } catch (XfException e) {
      throw WireException.badFormat("peer record: " + e.getMessage());
    }
  }

  private static void readAddress(ProtoReader reader, List<Multiaddr> addresses) {
    while (reader.next()) {
      if (reader.field() == ADDRESS_FIELD) {
        AddressList.add(addresses, reader.bytes(), MAX_ADDRESSES);
      } else {
        reader.skip();
      }
    }
  }
}
