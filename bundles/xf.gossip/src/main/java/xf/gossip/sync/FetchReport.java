package xf.gossip.sync;

import java.util.List;
import xf.event.LogId;

/** Says how far the logs that are being received have come. */
final class FetchReport {
  private final Fetcher fetcher;

  FetchReport(Fetcher fetcher) {
    this.fetcher = fetcher;
  }

  /** The largest verified size on offer, or what is verified. */
  long wanted(LogId id, long have) {
    LogState log = fetcher.log(id);
    if (log == null) {
      return have;
    }
    long offered = log.target().map(c -> c.head().size()).orElse(0L);
    return Math.max(have, Math.max(offered, log.verifiedSize()));
  }

  /** One clause on what moves between a peer and us. */
  String why(PeerSession session) {
    int fetching = 0;
    int offered = 0;
    for (LogState log : fetcher.logs()) {
      LogState.Fetch fetch = log.fetch;
      fetching += fetch != null && fetch.concerns(session.peer()) ? 1 : 0;
      offered += log.sources.containsKey(session.peer()) ? 1 : 0;
    }
    if (fetching > 0) {
      String slowly = session.isSlow() ? ", which sends slowly" : "";
      return "behind, fetching "
          + (fetching == 1 ? "a log" : fetching + " logs")
          + " from it"
          + slowly;
    } else if (offered > 0) {
      return "behind by "
          + (offered == 1 ? "a log, which waits for its turn" : offered + " logs, which wait");
    } else if (!session.lane.isEmpty()) {
      return "it is behind: " + session.lane.pushCount() + " heads wait to be sent to it";
    }
    return "in sync";
  }

  /** Logs that are on their way and have no head here yet. */
  List<LogState> incoming() {
    return fetcher.logs().stream().filter(log -> !log.isIdle()).toList();
  }
}
