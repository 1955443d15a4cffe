package xf.gossip.sync;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.LogId;
import xf.event.XfException;
import xf.merkle.ForkEvidence;
import xf.store.Stage;
import xf.store.StageChange;

/** Evidence of forks, one for each log, in the table of a stage. Safe for use by any thread. */
final class ForkTable {
  private static final Logger LOG = LoggerFactory.getLogger(ForkTable.class);
  private static final byte[] PREFIX = "fork/".getBytes(StandardCharsets.US_ASCII);

  private final Stage stage;
  private final Map<LogId, ForkEvidence> evidence = new ConcurrentHashMap<>();

  ForkTable(Stage stage) {
    this.stage = stage;
    stage.scan(PREFIX, this::load);
  }

  private boolean load(byte[] key, byte[] value) {
    if (key.length != PREFIX.length + LogId.LENGTH_BYTES || !startsWithPrefix(key)) {
      return startsWithPrefix(key);
    }
    try {
      ForkEvidence each = ForkEvidence.parse(value);
      evidence.put(each.log(), each);
    } catch (XfException e) {
      LOG.error("evidence of a fork cannot be read and is left out: {}", e.getMessage());
    }
    return true;
  }

  private static boolean startsWithPrefix(byte[] key) {
    return key.length >= PREFIX.length
        && Arrays.equals(key, 0, PREFIX.length, PREFIX, 0, PREFIX.length);
  }

  Collection<ForkEvidence> all() {
    return List.copyOf(evidence.values());
  }

  /** Keeps verified evidence; one for a log is enough. */
  CompletableFuture<Void> keep(ForkEvidence found) {
    if (evidence.putIfAbsent(found.log(), found) != null) {
      return CompletableFuture.completedFuture(null);
    }
    byte[] key = Arrays.copyOf(PREFIX, PREFIX.length + LogId.LENGTH_BYTES);
    found.log().copyTo(key, PREFIX.length);
    return stage.commit(new StageChange(StageChange.SAME_CURSOR).put(key, found.toBytes()));
  }
}
