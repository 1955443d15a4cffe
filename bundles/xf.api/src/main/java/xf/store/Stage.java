package xf.store;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiPredicate;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Something that follows the log: a durable cursor, and a small ordered table whose changes are
 * committed with it. Stop it, update it, start it again: it goes on from its cursor.
 */
@ProviderType
public interface Stage {
  /** Its name. */
  String name();

  /** The position it has durably worked up to; 0 for a new one. */
  long cursor();

  /** A copy of the value under a key of 1 to 200 bytes. */
  Optional<byte[]> get(byte[] key);

  /** Visits keys from {@code fromKey} on in unsigned order, as copies, until the visitor stops. */
  void scan(byte[] fromKey, BiPredicate<byte[], byte[]> visitor);

  /** Writes a change and the cursor in one commit, shared with the events that wait for one. */
  CompletableFuture<Void> commit(StageChange change);
}
