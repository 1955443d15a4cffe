package xf.store.lmdb;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the store tells its operator. Apart from those who speak: most opens have nothing to say,
 * and looking for a logging framework costs a fresh JVM more than all else that is ours.
 */
final class StoreLog {
  static final Logger LOG = LoggerFactory.getLogger(LmdbEventStore.class);

  private StoreLog() {}
}
