package xf.merkle.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import xf.crash.Folders;
import xf.crash.Fuzz;
import xf.event.Hash;
import xf.event.LogId;
import xf.merkle.TreeHead;

/** The ratchet's file, whatever is in it. */
class RatchetFuzzTest {
  private final Path folder = Folders.make("ratchet");

  @AfterEach
  void delete() {
    Folders.delete(folder);
  }

  private static LogId log(int n) {
    byte[] id = new byte[32];
    ByteBuffer.wrap(id).putInt(n);
    return LogId.of(id);
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatIsNoRatchet() throws IOException {
    Path file = folder.resolve("ratchet");
    try (Ratchet ratchet = Ratchet.open(file)) {
      for (int size = 1; size < 4; size++) {
        TreeHead head = new TreeHead(size, Hash.of(new byte[32]));
        ratchet.advance(Map.of(log(1), head, log(2), head));
      }
    }
    byte[] good = Files.readAllBytes(file);
    return Stream.of(Fuzz.of("ratchet", good, bytes -> open(file, bytes)));
  }

  private static void open(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try (Ratchet ratchet = Ratchet.open(file)) {
      ratchet.check(problem -> {});
      ratchet.logs().forEach(ratchet::get);
    }
  }
}
