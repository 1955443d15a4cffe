package xf.gossip.net;

/**
 * What a network lets its peers have. Every number is a most.
 *
 * @param connections open connections in all; beyond it, new ones are refused
 * @param connectionsLow where trimming stops once {@code connections} is near
 * @param connectionsPerPeer open connections with one peer
 * @param halfOpen incoming connections whose handshake is not finished, in all
 * @param halfOpenPerAddress the same from one IP address (IPv6: one /64)
 * @param dials dials under way
 * @param streamsPerConnection streams open over one connection, counted for each side's own
 * @param streams streams open in all
 * @param windowBytes received and not consumed on one stream
 * @param bytesPerPeer received and not consumed on all streams of one peer
 * @param bytes received and not consumed in all
 * @param bytesQueuedPerStream written to one stream and not sent
 * @param handshakeTimeoutMs how long a handshake may take, from first byte to muxer
 * @param negotiationTimeoutMs how long a stream may take to agree on its protocol
 */
public record NetworkLimits(
    int connections,
    int connectionsLow,
    int connectionsPerPeer,
    int halfOpen,
    int halfOpenPerAddress,
    int dials,
    int streamsPerConnection,
    int streams,
    int windowBytes,
    long bytesPerPeer,
    long bytes,
    int bytesQueuedPerStream,
    int handshakeTimeoutMs,
    int negotiationTimeoutMs) {

  private static final int KIB = 1 << 10;
  private static final int MIB = 1 << 20;

  /** For a desktop or server. */
  public static final NetworkLimits DEFAULT =
      new NetworkLimits(
          1024,
          768,
          8,
          256,
          64,
          64,
          1024,
          16_384,
          MIB,
          16L * MIB,
          128L * MIB,
          4 * MIB,
          10_000,
          10_000);

  /** For a telephone: few peers, small windows. */
  public static final NetworkLimits MOBILE =
      new NetworkLimits(
          64, 48, 4, 16, 8, 8, 128, 512, 256 * KIB, 2L * MIB, 8L * MIB, 2 * MIB, 15_000, 15_000);

  /** Checks that every number is usable. */
  public NetworkLimits {
    requirePositive(connections, "connections");
    requirePositive(connectionsLow, "connectionsLow");
    requirePositive(connectionsPerPeer, "connectionsPerPeer");
    requirePositive(halfOpen, "halfOpen");
    requirePositive(halfOpenPerAddress, "halfOpenPerAddress");
    requirePositive(dials, "dials");
    requirePositive(streamsPerConnection, "streamsPerConnection");
    requirePositive(streams, "streams");
    requirePositive(bytesPerPeer, "bytesPerPeer");
    requirePositive(bytes, "bytes");
    requirePositive(bytesQueuedPerStream, "bytesQueuedPerStream");
    requirePositive(handshakeTimeoutMs, "handshakeTimeoutMs");
    requirePositive(negotiationTimeoutMs, "negotiationTimeoutMs");
    if (windowBytes < 256 * KIB) {
      throw new IllegalArgumentException(
          "windowBytes: expected at least yamux's initial 262144, got " + windowBytes);
    }
    if (connectionsLow > connections) {
      throw new IllegalArgumentException(
          "connectionsLow: expected at most connections, " + connections);
    }
  }

  private static void requirePositive(long value, String name) {
    if (value <= 0) {
      throw new IllegalArgumentException(name + ": expected more than 0, got " + value);
    }
  }
}
