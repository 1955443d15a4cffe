package xf.merkle.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.TreeHead;

/** Checkpoints wait for a durable step, a bounded number of them, and none is lost by a failure. */
class PendingCheckpointsTest {
  private static final int MOST = 4;
  private final PendingCheckpoints pending = new PendingCheckpoints(MOST);

  private static LogId log(int number) {
    return LogId.of(ByteBuffer.allocate(LogId.LENGTH_BYTES).putInt(number).array());
  }

  private static Checkpoint checkpoint(int log, long size) {
    AuthorKey author = AuthorKey.of(new byte[32]);
    TreeHead head = new TreeHead(size, Hash.of(new byte[Hash.LENGTH_BYTES]));
    return new Checkpoint(log(log), author, head, new byte[Checkpoint.SIGNATURE_BYTES]);
  }

  private CompletableFuture<Void> fill() {
    for (int i = 1; i < MOST / 2; i++) {
      CompletableFuture<Void> unused = pending.addHead(checkpoint(i, 5));
      CompletableFuture<Void> unusedSeal = pending.addSeal(checkpoint(0, 256L * i));
    }
    CompletableFuture<Void> unused = pending.addSeal(checkpoint(0, 25_600));
    return pending.addHead(checkpoint(0, 25_700));
  }

  @Test
  void shouldTakeSoManyAndRefuseOneMore() {
    CompletableFuture<Void> unused = fill();
    assertEquals(MOST, pending.size());
    for (Checkpoint more : new Checkpoint[] {checkpoint(99, 5), checkpoint(99, 256)}) {
      XfException full = assertThrows(XfException.class, () -> pending.addHead(more));
      assertEquals(ErrorCode.OVERLOADED, full.code());
      assertThrows(XfException.class, () -> pending.addSeal(more));
      pending.offerHead(more); // our own: it is signed again
    }
    assertEquals(MOST, pending.size());
    assertTrue(pending.head(log(99)).isEmpty());
  }

  @Test
  void shouldTakeALaterHeadOfALogThatWaitsAlready() {
    CompletableFuture<Void> filled = fill();
    CompletableFuture<Void> unused = pending.addHead(checkpoint(0, 25_800));
    pending.offerHead(checkpoint(0, 25_900));
    assertEquals(25_900, pending.head(log(0)).orElseThrow().head().size());
    CompletableFuture<Void> unusedSeal = pending.addSeal(checkpoint(0, 25_600));
    assertEquals(MOST, pending.size());
    assertFalse(filled.isDone());
  }

  @Test
  void shouldKeepAllWhileStepsFailAndHaveRoomAfterOneThatDoesNot() {
    CompletableFuture<Void> first = fill();
    pending.finish(pending.take(), new IllegalStateException("the disk is full"));
    assertTrue(first.isCompletedExceptionally());
    assertEquals(MOST, pending.size());
    pending.finish(pending.take(), null);
    assertEquals(0, pending.size());
    CompletableFuture<Void> unused = pending.addHead(checkpoint(99, 5));
    assertEquals(1, pending.size());
  }
}
