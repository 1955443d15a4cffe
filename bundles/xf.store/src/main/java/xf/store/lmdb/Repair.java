package xf.store.lmdb;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbException;
import org.lmdbjava.Txn;
import xf.event.XfException;
import xf.store.Progress;

/**
 * A check, and after it the tables built again that it found wrong. Runs on the appender's thread
 * between two groups, so that nothing is appended meanwhile; readers go on.
 */
final class Repair {
  private final LmdbEventStore store;
  private final Env<Slice> env;
  private final Tables tables;
  private final NativeMemory memory;
  private final LogRegistry logs;
  private final ReaderPool readers;

  Repair(
      LmdbEventStore store,
      Env<Slice> env,
      Tables tables,
      NativeMemory memory,
      LogRegistry logs,
      ReaderPool readers) {
    this.store = store;
    this.env = env;
    this.tables = tables;
    this.memory = memory;
    this.logs = logs;
    this.readers = readers;
  }

  /** True when nothing is wrong any more. */
  boolean run(Consumer<String> problem, Consumer<Progress> progress) {
    List<String> problems = new ArrayList<>();
    boolean sound = onAppender(() -> repair(problems::add, progress));
    problems.forEach(problem);
    return sound;
  }

  /** The appender runs it after the commit of a change that changes nothing. */
  private <T> T onAppender(Supplier<T> body) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    CompletableFuture<Void> turn = store.change(txn -> {}, () -> complete(answer, body));
    CompletableFuture<Void> unused =
        turn.whenComplete(
            (done, refused) -> {
              if (refused != null) {
                answer.completeExceptionally(refused);
              }
            });
    try {
      return store.await(answer);
    } catch (CompletionException e) {
      throw e.getCause() instanceof XfException known ? known : e;
    }
  }

  /** What goes wrong is the caller's to know, and must not end the appender. */
  private static <T> void complete(CompletableFuture<T> answer, Supplier<T> body) {
    try {
      answer.complete(body.get());
    } catch (LmdbException e) {
      answer.completeExceptionally(Reader.unreadable(e));
    } catch (RuntimeException | Error e) {
      answer.completeExceptionally(e);
    }
  }

  private boolean repair(Consumer<String> problem, Consumer<Progress> progress) {
    StoreCheck check = new StoreCheck(tables, logs, problem);
    reading(
        reader -> {
          boolean unused = check.run(reader, store.endPosition(), progress);
        });
    if (!check.areEventsSound() || check.tableProblems() == 0) {
      return check.isSound();
    }
    long chunks = ChunkDescriptor.chunk(store.endPosition());
    rebuild(check.ends(), chunks);
    reading(reader -> logs.refresh(reader, check.ends()));
    store.repaired(new Recovery.Found(chunks, check.ends().events(), 0, List.of()));
    StoreCheck again = new StoreCheck(tables, logs, what -> {});
    reading(
        reader -> {
          boolean unused = again.run(reader, store.endPosition(), progress);
        });
    return again.isSound();
  }

  /** In one commit: a crash before it leaves the tables as they were. */
  private void rebuild(LogEnds ends, long chunks) {
    while (true) {
      store.checkMap();
      try {
        reading(reader -> reading(places -> rebuild(ends, chunks, reader, places)));
        return;
      } catch (Env.MapFullException e) {
        store.growMap();
      }
    }
  }

  private void rebuild(LogEnds ends, long chunks, Reader reader, Reader places) {
    try (Txn<Slice> txn = env.txnWrite()) {
      WriteTransaction write = new WriteTransaction(memory, new WriteTransaction.Buffers(), txn);
      new TableRebuild(tables, logs, ends, write).run(reader, places, chunks);
      txn.commit();
    }
  }

  private void reading(Consumer<Reader> body) {
    Reader reader = readers.acquireReserved();
    try {
      body.accept(reader);
    } finally {
      readers.release(reader);
    }
  }
}
