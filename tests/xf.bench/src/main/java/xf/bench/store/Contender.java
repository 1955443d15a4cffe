package xf.bench.store;

import java.io.IOException;

/**
 * A store under measurement: events are numbered from 0 in order of append, every one has {@link
 * #PAYLOAD_BYTES} bytes. Opened by its constructor.
 */
public interface Contender extends AutoCloseable {
  /** What the application stores, whatever the store adds. */
  int PAYLOAD_BYTES = 256;

  /** Appends so many events as one group and returns when it is as durable as it gets. */
  void appendGroup(int events) throws Exception;

  /**
   * Appends groups with so many under way at once; where a store has no such thing, one after the
   * other.
   */
  default void appendGroups(int groups, int events, int depth) throws Exception {
    for (int i = 0; i < groups; i++) {
      appendGroup(events);
    }
  }

  /** Appends one event and returns when it is as durable as it gets. Any thread may call. */
  void appendOne() throws Exception;

  /** Whether callers of {@link #appendOne} that come together share what makes them durable. */
  default boolean sharesSyncs() {
    return false;
  }

  /** Waits for whatever the store does behind its appends. */
  default void settle() {}

  /** Reads the first eight bytes of an event's payload in place, or of a copy if it must be. */
  long read(long index) throws Exception;

  /** Does the same for all events, in order, and returns how many there were. */
  long scan() throws Exception;

  /** How many events were appended. */
  long size();

  /** Times the disk was asked to make something durable by the appends so far. */
  long fsyncs();

  @Override
  void close() throws IOException;
}
