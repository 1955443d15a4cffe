package xf.shell.ingest;

/**
 * What an import did.
 *
 * @param lines lines read
 * @param appended events that are new and durable
 * @param known events that were there already
 * @param refused lines that were not taken
 * @param logs logs that lines of the file belong to
 * @param dependencies causal links to events seen before
 * @param unseen parents named by a line but not seen before it
 * @param nanos how long it took
 */
public record ImportReport(
    long lines,
    long appended,
    long known,
    long refused,
    long logs,
    long dependencies,
    long unseen,
    long nanos) {}
