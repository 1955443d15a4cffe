package xf.merkle;

/**
 * What a check looked at and found.
 *
 * @param logs logs read
 * @param events events read and hashed
 * @param pages pages compared byte for byte with what their events give
 * @param checkpoints signatures verified
 * @param problems things that were wrong
 * @param repaired things among them that were built again
 */
public record CheckReport(
    long logs, long events, long pages, long checkpoints, long problems, long repaired) {}
