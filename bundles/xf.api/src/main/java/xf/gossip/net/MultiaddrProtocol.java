package xf.gossip.net;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The protocols an address can be made of: names, codes and forms of value as in the multiformats
 * table {@code protocols.csv}.
 */
public enum MultiaddrProtocol {
  /** IPv4 address. */
  IP4(4, "ip4", AddressValue.IP4),
  /** TCP port. */
  TCP(6, "tcp", AddressValue.PORT),
  /** DCCP port. */
  DCCP(33, "dccp", AddressValue.PORT),
  /** IPv6 address. */
  IP6(41, "ip6", AddressValue.IP6),
  /** Zone of the IPv6 address that follows. */
  IP6ZONE(42, "ip6zone", AddressValue.NAME),
  /** Prefix length of the IP address before it. */
  IPCIDR(43, "ipcidr", AddressValue.BYTE),
  /** DNS name, of either family. */
  DNS(53, "dns", AddressValue.NAME),
  /** DNS name, IPv4 only. */
  DNS4(54, "dns4", AddressValue.NAME),
  /** DNS name, IPv6 only. */
  DNS6(55, "dns6", AddressValue.NAME),
  /** DNS name whose TXT records are addresses. */
  DNSADDR(56, "dnsaddr", AddressValue.NAME),
  /** SCTP port. */
  SCTP(132, "sctp", AddressValue.PORT),
  /** UDP port. */
  UDP(273, "udp", AddressValue.PORT),
  /** WebRTC between a server and a browser, without signalling. */
  WEBRTC_DIRECT(280, "webrtc-direct", AddressValue.NONE),
  /** WebRTC with signalling through a relay. */
  WEBRTC(281, "webrtc", AddressValue.NONE),
  /** A relay: what stands before it leads to it. */
  P2P_CIRCUIT(290, "p2p-circuit", AddressValue.NONE),
  /** UDT. */
  UDT(301, "udt", AddressValue.NONE),
  /** uTP. */
  UTP(302, "utp", AddressValue.NONE),
  /** Path of a Unix socket; takes the rest of the text. */
  UNIX(400, "unix", AddressValue.PATH),
  /** Peer id; {@code ipfs} is its old name. */
  P2P(421, "p2p", AddressValue.PEER),
  /** Tor onion service, version 3. */
  ONION3(445, "onion3", AddressValue.ONION3),
  /** TLS. */
  TLS(448, "tls", AddressValue.NONE),
  /** Server name for TLS. */
  SNI(449, "sni", AddressValue.NAME),
  /** Noise. */
  NOISE(454, "noise", AddressValue.NONE),
  /** QUIC draft 29. */
  QUIC(460, "quic", AddressValue.NONE),
  /** QUIC version 1. */
  QUIC_V1(461, "quic-v1", AddressValue.NONE),
  /** WebTransport. */
  WEBTRANSPORT(465, "webtransport", AddressValue.NONE),
  /** Hash of a certificate: multibase of a multihash. */
  CERTHASH(466, "certhash", AddressValue.CERTHASH),
  /** WebSocket. */
  WS(477, "ws", AddressValue.NONE),
  /** WebSocket over TLS. */
  WSS(478, "wss", AddressValue.NONE),
  /** HTTP. */
  HTTP(480, "http", AddressValue.NONE),
  /** Path for HTTP, percent-encoded in text. */
  HTTP_PATH(481, "http-path", AddressValue.HTTP_PATH),
  /** HTTPS; the old way to write tls/http. */
  HTTPS(443, "https", AddressValue.NONE),
  /** A place inside this process: tests and simulations. */
  MEMORY(777, "memory", AddressValue.NAME);

  private static final Map<Integer, MultiaddrProtocol> BY_CODE =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(MultiaddrProtocol::code, Function.identity()));
  private static final Map<String, MultiaddrProtocol> BY_NAME =
      Arrays.stream(values())
          .collect(Collectors.toUnmodifiableMap(MultiaddrProtocol::label, Function.identity()));

  private final int code;
  private final String label;
  private final AddressValue value;

  MultiaddrProtocol(int code, String label, AddressValue value) {
    this.code = code;
    this.label = label;
    this.value = value;
  }

  /** The code in the multicodec table. */
  public int code() {
    return code;
  }

  /** The name in an address's text. */
  public String label() {
    return label;
  }

  /** The form of its value. */
  AddressValue value() {
    return value;
  }

  /** The protocol with a code. */
  public static Optional<MultiaddrProtocol> ofCode(int code) {
    return Optional.ofNullable(BY_CODE.get(code));
  }

  /** The protocol with a name, old names included. */
  public static Optional<MultiaddrProtocol> ofLabel(String label) {
    return Optional.ofNullable(label.equals("ipfs") ? P2P : BY_NAME.get(label));
  }
}
