package xf.libp2p.service;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;

/** Settings of the network. A change closes the host and opens another. */
@ObjectClassDefinition(
    name = "Xaeroflux network",
    description = "Where this device listens, what peers may use, what they are told")
public @interface NetworkSettings {
  /** The configuration these settings are found under. */
  String PID = "xf.libp2p";

  /** Addresses to listen at. */
  @AttributeDefinition(
      name = "listen addresses",
      description =
          "For example /ip4/0.0.0.0/tcp/4001 or /ip6/::/udp/4001/quic-v1; none: listen nowhere"
              + " until told to")
  String[] listen() default {};

  /** What peers are told we run. */
  @AttributeDefinition(
      name = "agent",
      description = "The name of this software as peers are told it; empty: not told")
  String agent() default "xaeroflux/0.1";

  /** Whether peers are told where we listen. */
  @AttributeDefinition(
      name = "tell addresses",
      description = "Tell peers where this device listens")
  boolean tellAddresses() default true;

  /** Whether TCP is on. */
  @AttributeDefinition(name = "tcp", description = "Speak TCP")
  boolean tcp() default true;

  /** Whether QUIC is on. */
  @AttributeDefinition(
      name = "quic",
      description = "Speak QUIC, where there is a native library for this platform")
  boolean quic() default true;

  /** Whether TCP may be secured by Noise. */
  @AttributeDefinition(name = "noise", description = "Secure TCP by Noise")
  boolean noise() default true;

  /** Whether TCP may be secured by TLS. */
  @AttributeDefinition(name = "tls", description = "Secure TCP by TLS 1.3")
  boolean tls() default true;

  /** Whether mplex is offered. */
  @AttributeDefinition(name = "mplex", description = "Offer mplex to peers that do not know yamux")
  boolean mplex() default false;

  /** Event loops. */
  @AttributeDefinition(
      name = "threads",
      description = "Event loops; 0: one for each processor, at most 4",
      min = "0",
      max = "64")
  int threads() default 0;

  /** Seconds between keep-alive pings. */
  @AttributeDefinition(
      name = "keep-alive",
      description = "Seconds between two pings of a connection; 0: never",
      min = "0",
      max = "3600")
  int keepAliveS() default 30;

  /** Which set of limits applies where one is not given. */
  @AttributeDefinition(
      name = "profile",
      description = "Limits that are not given: desktop or mobile",
      options = {
        @Option(label = "desktop or server", value = "desktop"),
        @Option(label = "mobile", value = "mobile")
      })
  String profile() default "desktop";

  /** Most open connections. */
  @AttributeDefinition(
      name = "connections",
      description = "Most open connections; 0: as the profile has it",
      min = "0")
  int connections() default 0;

  /** Most connections with one peer. */
  @AttributeDefinition(
      name = "connections per peer",
      description = "Most open connections with one peer; 0: as the profile has it",
      min = "0")
  int connectionsPerPeer() default 0;

  /** Most half-open connections. */
  @AttributeDefinition(
      name = "half-open",
      description = "Most incoming handshakes at a time; 0: as the profile has it",
      min = "0")
  int halfOpen() default 0;

  /** Most half-open connections from one address. */
  @AttributeDefinition(
      name = "half-open per address",
      description =
          "Most incoming handshakes at a time from one IP address (IPv6: one /64); 0: as the"
              + " profile has it",
      min = "0")
  int halfOpenPerAddress() default 0;

  /** Most dials. */
  @AttributeDefinition(
      name = "dials",
      description = "Most dials under way at a time; 0: as the profile has it",
      min = "0")
  int dials() default 0;

  /** Time for a handshake. */
  @AttributeDefinition(
      name = "handshake timeout",
      description =
          "Milliseconds a connection may take from its first byte to its muxer, dialled or"
              + " incoming; 0: as the profile has it",
      min = "0")
  int handshakeTimeoutMs() default 0;

  /** Time for a stream's negotiation. */
  @AttributeDefinition(
      name = "negotiation timeout",
      description =
          "Milliseconds a stream may take to agree on its protocol; 0: as the profile has it",
      min = "0")
  int negotiationTimeoutMs() default 0;

  /** Most streams. */
  @AttributeDefinition(
      name = "streams",
      description = "Most open streams in all; 0: as the profile has it",
      min = "0")
  int streams() default 0;

  /** Most streams of one connection. */
  @AttributeDefinition(
      name = "streams per connection",
      description =
          "Most open streams of either side over one connection; 0: as the profile has it",
      min = "0")
  int streamsPerConnection() default 0;

  /** Largest receive window. */
  @AttributeDefinition(
      name = "window",
      description =
          "Most bytes received and not read of one stream, from 262144; 0: as the profile has it",
      min = "0")
  int windowBytes() default 0;

  /** Most bytes buffered. */
  @AttributeDefinition(
      name = "bytes",
      description = "Most bytes received and not read in all; 0: as the profile has it",
      min = "0")
  long bytes() default 0;

  /** Most bytes buffered for one peer. */
  @AttributeDefinition(
      name = "bytes per peer",
      description =
          "Most bytes received and not read of one peer; 0: an eighth of bytes where that is given,"
              + " else as the profile has it",
      min = "0")
  long bytesPerPeer() default 0;

  /** Most bytes waiting to be sent. */
  @AttributeDefinition(
      name = "bytes queued per stream",
      description = "Most bytes written to one stream and not sent; 0: as the profile has it",
      min = "0")
  int bytesQueuedPerStream() default 0;
}
