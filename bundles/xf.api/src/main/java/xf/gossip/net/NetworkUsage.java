package xf.gossip.net;

/**
 * How much of its {@link NetworkLimits} a network uses now, and what it had to refuse.
 *
 * @param connections open connections
 * @param halfOpen incoming connections whose handshake is not finished
 * @param dials dials under way
 * @param streams open streams
 * @param bytes received and not consumed
 * @param refused connections and streams refused by a limit since the start
 * @param trimmed connections closed to make room since the start
 * @param failed connections and streams closed for a violation or failure since the start
 * @param listenerFailures exceptions that listeners and handlers threw since the start
 */
public record NetworkUsage(
    int connections,
    int halfOpen,
    int dials,
    int streams,
    long bytes,
    long refused,
    long trimmed,
    long failed,
    long listenerFailures) {}
