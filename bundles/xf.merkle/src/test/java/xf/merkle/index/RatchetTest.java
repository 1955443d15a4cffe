package xf.merkle.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.merkle.TreeHead;

class RatchetTest {
  private static final int HEADER_BYTES = 128;
  private static final int SLOT_BYTES = 256;

  @TempDir Path folder;
  private Path file;
  private final List<RatchetSteps.Step> steps = new ArrayList<>();
  private RatchetSteps.Step failing;

  @BeforeEach
  void name() {
    file = folder.resolve("ratchet");
  }

  private static LogId log(int n) {
    byte[] id = new byte[32];
    ByteBuffer.wrap(id).putInt(n);
    return LogId.of(id);
  }

  private static TreeHead head(long size) {
    byte[] root = new byte[32];
    ByteBuffer.wrap(root).putLong(size);
    return new TreeHead(size, Hash.of(root));
  }

  private final RatchetSteps watch =
      new RatchetSteps() {
        @Override
        public void before(Step step, long at) {
          if (step == failing) {
            failing = null;
            throw new XfException(ErrorCode.IO, "disk says no to " + step);
          }
        }

        @Override
        public void after(Step step, long at) {
          steps.add(step);
        }
      };

  @Test
  void shouldNotCountAHeadAsNotedWhenItsSyncFailed() {
    try (Ratchet ratchet = Ratchet.open(file, watch)) {
      ratchet.advance(Map.of(log(1), head(5)));
      for (RatchetSteps.Step step :
          new RatchetSteps.Step[] {RatchetSteps.Step.RECORD, RatchetSteps.Step.FORCE}) {
        failing = step;
        Map<LogId, TreeHead> next = Map.of(log(1), head(6), log(2), head(1));
        assertThrows(XfException.class, () -> ratchet.advance(next));
        assertEquals(Optional.of(head(5)), ratchet.get(log(1)));
        assertEquals(Optional.empty(), ratchet.get(log(2)));
      }
      steps.clear();
      ratchet.advance(Map.of(log(1), head(6)));
      assertEquals(List.of(RatchetSteps.Step.RECORD, RatchetSteps.Step.FORCE), steps);
      ratchet.advance(Map.of(log(3), head(9)));
    }
    try (Ratchet ratchet = Ratchet.open(file)) {
      assertEquals(Optional.of(head(6)), ratchet.get(log(1)));
      assertEquals(Optional.of(head(9)), ratchet.get(log(3)));
    }
  }

  @Test
  void shouldOpenWithSlotsThatNeverReachedTheDiskAndUseThem() throws IOException {
    try (Ratchet ratchet = Ratchet.open(file)) {
      for (int i = 0; i < 4; i++) {
        ratchet.advance(Map.of(log(i), head(1)));
      }
    }
    write(HEADER_BYTES + SLOT_BYTES, new byte[2 * SLOT_BYTES]); // logs 1 and 2, cut by a power loss
    try (Ratchet ratchet = Ratchet.open(file)) {
      assertEquals(2, ratchet.logs().size());
      for (int i = 1; i < 8; i++) {
        ratchet.advance(Map.of(log(i), head(2)));
      }
    }
    try (Ratchet ratchet = Ratchet.open(file)) {
      for (int i = 1; i < 8; i++) {
        assertEquals(Optional.of(head(2)), ratchet.get(log(i)), "log " + i);
      }
      assertEquals(Optional.of(head(1)), ratchet.get(log(0)));
    }
  }

  @Test
  void shouldFallBackToTheOlderRecordAndSayWhichIsDamaged() throws IOException {
    try (Ratchet ratchet = Ratchet.open(file)) {
      ratchet.advance(Map.of(log(1), head(1)));
      ratchet.advance(Map.of(log(1), head(2)));
    }
    write(HEADER_BYTES + 3, new byte[] {0x55}); // the second write went to the first record
    try (Ratchet ratchet = Ratchet.open(file)) {
      assertEquals(Optional.of(head(1)), ratchet.get(log(1)));
      List<String> problems = new ArrayList<>();
      ratchet.check(problems::add);
      assertEquals(1, problems.size());
      assertTrue(problems.get(0).contains("record 0 of slot 0"), problems::toString);
      ratchet.rewrite();
      problems.clear();
      ratchet.check(problems::add);
      assertEquals(List.of(), problems);
    }
    write(HEADER_BYTES + 3, new byte[] {0x55});
    write(HEADER_BYTES + 128 + 3, new byte[] {0x55});
    XfException refused = assertThrows(XfException.class, () -> Ratchet.open(file));
    assertEquals(ErrorCode.NOT_VERIFIED, refused.code());
  }

  @Test
  void shouldRefuseASecondIndexAndLeaveTheFirstItsLock() {
    try (Ratchet ratchet = Ratchet.open(file)) {
      for (int i = 0; i < 3; i++) {
        XfException refused = assertThrows(XfException.class, () -> Ratchet.open(file));
        assertEquals(ErrorCode.IN_USE, refused.code());
      }
      ratchet.advance(Map.of(log(1), head(1)));
    }
    Ratchet.open(file).close();
  }

  @Test
  void shouldNotMindAnInterruptedThread() {
    try (Ratchet ratchet = Ratchet.open(file)) {
      Thread.currentThread().interrupt();
      ratchet.advance(Map.of(log(1), head(1)));
      assertTrue(Thread.interrupted());
      ratchet.advance(Map.of(log(1), head(2)));
      assertEquals(Optional.of(head(2)), ratchet.get(log(1)));
    }
  }

  @Test
  void shouldRefuseAnotherRootForASizeThatWasSigned() {
    try (Ratchet ratchet = Ratchet.open(file)) {
      ratchet.advance(Map.of(log(1), head(7)));
      TreeHead other = new TreeHead(7, head(8).root());
      XfException refused =
          assertThrows(XfException.class, () -> ratchet.advance(Map.of(log(1), other)));
      assertEquals(ErrorCode.FROZEN, refused.code());
    }
  }

  private void write(long at, byte[] bytes) throws IOException {
    try (RandomAccessFile damage = new RandomAccessFile(file.toFile(), "rw")) {
      damage.seek(at);
      damage.write(bytes);
    }
  }
}
