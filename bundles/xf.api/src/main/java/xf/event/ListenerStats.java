package xf.event;

/**
 * A snapshot of one listener's counters.
 *
 * @param name its name
 * @param topic what it listens to; empty when it hears everything
 * @param delivered calls that returned
 * @param failed calls that threw
 * @param dropped events it never saw because its inbox was full
 * @param fellBehind times its inbox was full and it went on from the log
 * @param waiting events in its inbox
 */
public record ListenerStats(
    String name,
    String topic,
    long delivered,
    long failed,
    long dropped,
    long fellBehind,
    int waiting) {}
