package xf.gossip.sync;

/** So many at once, and one more each time an interval has passed. Time is passed in. */
final class TokenBucket {
  private final int capacity;
  private final long intervalNs;
  private long tokens;
  private long filledNs;

  TokenBucket(int capacity, long intervalNs, long nowNs) {
    this.capacity = capacity;
    this.intervalNs = intervalNs;
    this.tokens = capacity;
    this.filledNs = nowNs;
  }

  /** Takes a token; false when there is none. */
  boolean take(long nowNs) {
    long fresh = Math.max(0, nowNs - filledNs) / intervalNs;
    if (tokens + fresh >= capacity) {
      tokens = capacity;
      filledNs = nowNs;
    } else {
      tokens += fresh;
      filledNs += fresh * intervalNs;
    }
    if (tokens == 0) {
      return false;
    }
    tokens--;
    return true;
  }
}
