package xf.event.identity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import xf.crash.Folders;
import xf.crash.Fuzz;
import xf.event.GroupSecret;
import xf.gossip.Invitation;

/** Key files, and what is handed over in place of one. */
class KeyFilesFuzzTest {
  private final Path folder = Folders.make("keys");

  @AfterEach
  void delete() {
    Folders.delete(folder);
  }

  private static void write(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatIsNoKey() throws IOException {
    Path key = folder.resolve("some.key");
    SecretFile.keep(key, SecretFile.Kind.DEVICE_KEY, new byte[SecretFile.SECRET_BYTES]);
    String invitation =
        new Invitation(GroupSecret.of(new byte[GroupSecret.LENGTH_BYTES]), "group", List.of())
            .toText();
    return Stream.of(
        Fuzz.of(
            "key file",
            Files.readAllBytes(key),
            bytes -> {
              write(key, bytes);
              byte[] unused = SecretFile.readExisting(key, SecretFile.Kind.DEVICE_KEY);
            }),
        Fuzz.of(
            "invitation",
            invitation.getBytes(StandardCharsets.UTF_8),
            bytes -> Invitation.parse(new String(bytes, StandardCharsets.UTF_8))));
  }
}
