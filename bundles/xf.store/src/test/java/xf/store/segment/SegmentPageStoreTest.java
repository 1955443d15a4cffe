package xf.store.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;
import xf.store.PageStore;

class SegmentPageStoreTest {
  private static final Hash ROOT = Hash.of(new byte[32]);

  @TempDir Path folder;
  private SegmentPageStore pages;

  @BeforeEach
  void open() {
    pages = new SegmentPageStore(folder);
  }

  private static LogId log(int n) {
    byte[] id = new byte[32];
    ByteBuffer.wrap(id).putInt(n);
    return LogId.of(id);
  }

  private static ByteBuffer page(int content) {
    ByteBuffer page = ByteBuffer.allocate(PageStore.PAGE_BYTES);
    page.putInt(0, 0x52454158).putInt(8, content);
    return page;
  }

  private int read(int log, long number) {
    return Integer.reverseBytes(pages.read(log(log), number).getInt(8));
  }

  @Test
  void shouldRollOverExactlyAfterTheLastPageOfASegment() {
    for (int i = 0; i < 1025; i++) {
      pages.write(log(1), i, page(i));
      if (i == 1023) {
        assertFalse(Files.exists(pages.file(log(1), 1024)));
        pages.sealSegment(log(1), 1023, 261_000, ROOT);
      }
    }
    pages.close();
    pages = new SegmentPageStore(folder);
    assertEquals(1025, pages.pageCount(log(1)));
    assertEquals(0, read(1, 0));
    assertEquals(1023, read(1, 1023));
    assertEquals(1024, read(1, 1024));
    List<String> problems = new ArrayList<>();
    assertTrue(pages.check(problems::add), problems::toString);
  }

  @Test
  void shouldStopReadersAtTheEndAndWritersAtAGap() {
    pages.write(log(1), 0, page(7));
    assertEquals(
        ErrorCode.OUT_OF_RANGE,
        assertThrows(XfException.class, () -> pages.read(log(1), 1)).code());
    assertThrows(XfException.class, () -> pages.write(log(1), 2, page(9)));
    assertThrows(XfException.class, () -> pages.read(log(2), 0));
    assertEquals(0, pages.pageCount(log(2)));
  }

  @Test
  void shouldServeMoreLogsThanItMayHaveFilesOpen() {
    for (int i = 0; i < 400; i++) {
      pages.write(log(i), 0, page(i));
    }
    pages.force();
    for (int i = 0; i < 400; i++) {
      assertEquals(i, read(i, 0));
    }
    assertTrue(pages.stats().openSegments() <= 193, () -> pages.stats().toString());
    assertEquals(400, pages.logs().size());
  }

  @Test
  void shouldSayWhetherPagesAreLockedInMemory() {
    assertFalse(pages.stats().advice().contains("mlock"));
    SegmentPageStore locking = new SegmentPageStore(folder.resolve("locked"), true);
    locking.write(log(1), 0, page(1));
    String advice = locking.stats().advice();
    assertTrue(advice.contains("mlock") || advice.startsWith("no memory advice"), advice);
  }

  @Test
  void shouldReplaceAPageAndKeepOldViewsReadable() {
    pages.write(log(1), 0, page(1));
    pages.write(log(1), 1, page(2));
    pages.write(log(1), 0, page(3));
    assertEquals(3, read(1, 0));
    assertEquals(2, pages.pageCount(log(1)));
    pages.delete(log(1));
    assertEquals(0, pages.pageCount(log(1)));
    pages.write(log(1), 0, page(4));
    assertEquals(4, read(1, 0));
  }

  @Test
  void shouldNameTheFileAndFieldOfADamagedHeader() throws Exception {
    pages.write(log(1), 0, page(1));
    pages.close();
    Path file = pages.file(log(1), 0);
    try (RandomAccessFile damage = new RandomAccessFile(file.toFile(), "rw")) {
      damage.seek(41);
      damage.write(0x55);
    }
    pages = new SegmentPageStore(folder);
    XfException refused = assertThrows(XfException.class, () -> pages.read(log(1), 0));
    assertEquals(ErrorCode.NOT_VERIFIED, refused.code());
    assertTrue(refused.getMessage().contains("first page"), refused::getMessage);
    assertTrue(refused.getMessage().contains(file.toString()), refused::getMessage);
    List<String> problems = new ArrayList<>();
    assertFalse(pages.check(problems::add));
    assertEquals(1, problems.size());
  }

  @Test
  void shouldRefuseAForeignAndAShortFile() throws Exception {
    pages.write(log(1), 0, page(1));
    pages.close();
    Path foreign = folder.resolve(log(2).toHex());
    Files.createDirectories(foreign);
    Files.copy(pages.file(log(1), 0), foreign.resolve("00000000.seg"));
    pages = new SegmentPageStore(folder);
    assertTrue(
        assertThrows(XfException.class, () -> pages.pageCount(log(2)))
            .getMessage()
            .contains("log id"));
    try (RandomAccessFile cut = new RandomAccessFile(pages.file(log(1), 0).toFile(), "rw")) {
      cut.setLength(100_000);
    }
    assertTrue(
        assertThrows(XfException.class, () -> pages.pageCount(log(1)))
            .getMessage()
            .contains("100000 bytes"));
  }
}
