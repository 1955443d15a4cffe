package xf.store;

/**
 * A snapshot of the store's counters; those of activity count since it was opened.
 *
 * @param events events in all logs
 * @param logs logs with at least one event
 * @param commits write transactions
 * @param fsyncs times the disk was asked to make something durable
 * @param appended events appended
 * @param mapBytes size of the memory map
 * @param usedBytes bytes of the map in use
 * @param fileBytes size of the data file
 * @param access how values are read, in words
 */
public record StoreStats(
    long events,
    long logs,
    long commits,
    long fsyncs,
    long appended,
    long mapBytes,
    long usedBytes,
    long fileBytes,
    String access) {}
