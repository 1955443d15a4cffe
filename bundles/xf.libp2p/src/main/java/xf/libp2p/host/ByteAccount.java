package xf.libp2p.host;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import xf.libp2p.mux.ByteBudget;

/**
 * Received bytes held for somebody, and for all those above: a connection's account is part of its
 * peer's, which is part of the host's. For any thread.
 */
final class ByteAccount implements ByteBudget {
  private final AtomicLong held = new AtomicLong();
  private final AtomicLong reserved = new AtomicLong();
  private final @Nullable ByteAccount parent;
  private final long limitBytes;

  ByteAccount(@Nullable ByteAccount parent, long limitBytes) {
    this.parent = parent;
    this.limitBytes = limitBytes;
  }

  @Override
  public boolean acquire(int lengthBytes) {
    if (held.addAndGet(lengthBytes) + reserved.get() > limitBytes) {
      held.addAndGet(-lengthBytes);
      return false;
    }
    if (parent != null && !parent.acquire(lengthBytes)) {
      held.addAndGet(-lengthBytes);
      return false;
    }
    return true;
  }

  /**
   * Counts bytes that are held already, whatever the limit: one read's worth on its way to a
   * handler.
   */
  void charge(int lengthBytes) {
    for (ByteAccount account = this; account != null; account = account.parent) {
      account.held.addAndGet(lengthBytes);
    }
  }

  @Override
  public void release(int lengthBytes) {
    for (ByteAccount account = this; account != null; account = account.parent) {
      account.held.addAndGet(-lengthBytes);
    }
  }

  long heldBytes() {
    return held.get();
  }

  @Override
  public boolean reserve(int lengthBytes) {
    if (reserved.addAndGet(lengthBytes) + held.get() > limitBytes
        || (parent != null && !parent.reserve(lengthBytes))) {
      reserved.addAndGet(-lengthBytes);
      return false;
    }
    return true;
  }

  @Override
  public void unreserve(int lengthBytes) {
    for (ByteAccount account = this; account != null; account = account.parent) {
      account.reserved.addAndGet(-lengthBytes);
    }
  }
}
