package xf.gossip.sync;

import java.util.List;

/**
 * What a run is made of; with the seed it decides every step.
 *
 * @param seed where all chance comes from
 * @param members of the group, liars included
 * @param churnPercent members that crash and come back, and as many connections that are cut
 * @param liarPercent members that lie, of all {@code liars} in turn
 * @param liars kinds of liars
 * @param writers members that write; the liars among them lie about it
 * @param writes batches written in all
 * @param longLog events written at once to one log, to make it one that is fetched by page roots
 * @param manyLogs logs of one event each, to make them so many that heads are reconciled
 * @param stormMs virtual time in which faults happen and events are written
 */
record Scenario(
    long seed,
    int members,
    int churnPercent,
    int liarPercent,
    List<LiarKind> liars,
    int writers,
    int writes,
    int longLog,
    int manyLogs,
    long stormMs) {
  private static final int EXPECTED_WRITERS = 20;
  private static final int EXPECTED_WRITES = 40;
  private static final long STORM_MS = 20_000;

  /** A group with 20 % churn and 8 % liars, of every kind. */
  static Scenario of(long seed, int members) {
    return new Scenario(
        seed,
        members,
        20,
        8,
        List.of(LiarKind.values()),
        Math.min(members, EXPECTED_WRITERS),
        EXPECTED_WRITES,
        0,
        0,
        STORM_MS);
  }

  Scenario withLiars(int percent, LiarKind... kinds) {
    return new Scenario(
        seed,
        members,
        churnPercent,
        percent,
        List.of(kinds),
        writers,
        writes,
        longLog,
        manyLogs,
        stormMs);
  }

  Scenario withChurn(int percent) {
    return new Scenario(
        seed, members, percent, liarPercent, liars, writers, writes, longLog, manyLogs, stormMs);
  }

  Scenario withLongLog(int events) {
    return new Scenario(
        seed,
        members,
        churnPercent,
        liarPercent,
        liars,
        writers,
        writes,
        events,
        manyLogs,
        stormMs);
  }

  Scenario withManyLogs(int logs) {
    return new Scenario(
        seed, members, churnPercent, liarPercent, liars, writers, writes, longLog, logs, stormMs);
  }

  /** Whether faults of network, disk and clock happen at all. */
  boolean isStormy() {
    return churnPercent > 0;
  }

  /** The command that runs the same again. */
  String replayCommand() {
    StringBuilder kinds = new StringBuilder();
    liars.forEach(kind -> kinds.append(kinds.isEmpty() ? "" : ",").append(kind));
    return "mvn -q -pl tests/xf.sim -am verify -Dsurefire.failIfNoSpecifiedTests=false"
        + " -Dtest=ReplayTest -Dxf.seed="
        + seed
        + " -Dxf.sim.members="
        + members
        + " -Dxf.sim.churn="
        + churnPercent
        + " -Dxf.sim.liars="
        + liarPercent
        + " -Dxf.sim.kinds="
        + kinds
        + " -Dxf.sim.longLog="
        + longLog
        + " -Dxf.sim.manyLogs="
        + manyLogs;
  }

  /** The run that system properties describe, by the names in {@link #replayCommand}. */
  static Scenario ofProperties() {
    Scenario plain = of(Long.getLong("xf.seed", 1), Integer.getInteger("xf.sim.members", 1_000));
    String kinds = System.getProperty("xf.sim.kinds", "");
    LiarKind[] liars =
        kinds.isEmpty()
            ? LiarKind.values()
            : List.of(kinds.split(",")).stream().map(LiarKind::valueOf).toArray(LiarKind[]::new);
    return plain
        .withLiars(Integer.getInteger("xf.sim.liars", plain.liarPercent()), liars)
        .withChurn(Integer.getInteger("xf.sim.churn", plain.churnPercent()))
        .withLongLog(Integer.getInteger("xf.sim.longLog", plain.longLog()))
        .withManyLogs(Integer.getInteger("xf.sim.manyLogs", plain.manyLogs()));
  }
}
