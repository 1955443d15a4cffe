package xf.event.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.GroupSecret;
import xf.event.Signer;
import xf.event.XfException;

class FileKeyringTest {
  @TempDir Path folder;

  private FileKeyring open() {
    return FileKeyring.open(folder, new SecureRandom());
  }

  @Test
  void shouldKeepTheSameKeysOverARestart() {
    FileKeyring first = open();
    FileKeyring second = open();
    assertEquals(first.device().author(), second.device().author());
    assertEquals(first.homeGroup(), second.homeGroup());
  }

  @Test
  void shouldGiveEveryDeviceItsOwnKeyAndGroup(@TempDir Path other) {
    FileKeyring there = FileKeyring.open(other, new SecureRandom());
    assertNotEquals(open().device().author(), there.device().author());
    assertNotEquals(open().homeGroup(), there.homeGroup());
  }

  @Test
  void shouldKeepTheGroupsThatWereJoinedUntilTheyAreLeft() throws IOException {
    FileKeyring keyring = open();
    GroupSecret group = GroupSecret.random(new SecureRandom());
    keyring.keep(group);
    keyring.keep(group);
    assertEquals(group, open().groups().get(1));
    assertEquals(keyring.homeGroup(), open().groups().get(0).id());
    Path file = folder.resolve("groups").resolve(group.id().toHex() + ".group");
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertFalse(group.toString().contains(HexFormat.of().formatHex(group.toByteArray(), 0, 4)));
    keyring.forget(group.id());
    assertEquals(1, open().groups().size());
    assertThrows(XfException.class, () -> keyring.forget(keyring.homeGroup()));
  }

  @Test
  void shouldMakeKeyFilesForTheirOwnerAlone() throws IOException {
    open();
    for (String name : List.of("device.key", "home.group")) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve(name))));
    }
    try (var files = Files.list(folder)) {
      assertEquals(2, files.count(), "no temporary file stays");
    }
  }

  @Test
  void shouldRefuseAKeyThatOthersMayRead() throws IOException {
    open();
    Path key = folder.resolve("device.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r-----"));
    XfException e = assertThrows(XfException.class, this::open);
    assertEquals(ErrorCode.BAD_CONFIGURATION, e.code());
    assertTrue(e.getMessage().contains("rw-r-----") && e.getMessage().contains(key.toString()));
  }

  @Test
  void shouldRefuseEveryChangedByteAndEveryLength() throws IOException {
    open();
    Path key = folder.resolve("device.key");
    byte[] good = Files.readAllBytes(key);
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= 1;
      Files.write(key, bad);
      assertEquals(ErrorCode.BAD_FORMAT, assertThrows(XfException.class, this::open).code());
    }
    for (int length : new int[] {0, 1, 43, 45, 1000}) {
      Files.write(key, new byte[length]);
      assertEquals(ErrorCode.BAD_FORMAT, assertThrows(XfException.class, this::open).code());
    }
  }

  @Test
  void shouldRefuseASecretOfTheOtherKind() throws IOException {
    open();
    Files.write(folder.resolve("device.key"), Files.readAllBytes(folder.resolve("home.group")));
    assertEquals(ErrorCode.BAD_FORMAT, assertThrows(XfException.class, this::open).code());
  }

  @Test
  void shouldNeverShowThePrivateKey() throws IOException {
    FileKeyring keyring = open();
    byte[] file = Files.readAllBytes(folder.resolve("device.key"));
    String seed = HexFormat.of().formatHex(file, 8, 40);
    String shown = keyring + " " + keyring.device() + " " + keyring.derive("somebody");
    assertFalse(shown.contains(seed.substring(0, 8)));
  }

  @Test
  void shouldSignWhatTheAuthorVerifies() {
    Signer signer = open().device();
    byte[] message = "hello".getBytes(StandardCharsets.UTF_8);
    byte[] signature = signer.sign(message);
    assertTrue(signer.author().verify(message, signature));
    message[0] ^= 1;
    assertFalse(signer.author().verify(message, signature));
  }

  @Test
  void shouldDeriveTheSameAuthorForTheSameLabel() {
    FileKeyring keyring = open();
    AuthorKey ada = keyring.derive("ada").author();
    assertEquals(ada, keyring.derive("ada").author());
    assertNotEquals(ada, keyring.derive("bob").author());
    assertNotEquals(ada, keyring.device().author());
  }

  @Test
  void shouldFindDerivedAuthorsAfterARestart() {
    List<Signer> before = open().derive(List.of("ada", "bob", "ada", "žluť"));
    FileKeyring after = open();
    for (Signer signer : before) {
      assertEquals(signer.author(), after.find(signer.author()).map(Signer::author).orElseThrow());
    }
    assertEquals("žluť", after.label(before.get(3).author()).orElseThrow());
    assertTrue(after.find(AuthorKey.of(new byte[32])).isEmpty());
    assertTrue(after.label(after.device().author()).isEmpty());
  }

  @Test
  void shouldForgetATornLastLabelAndGoOn() throws IOException {
    AuthorKey ada = open().derive("ada").author();
    Path file = folder.resolve("import-authors");
    Files.writeString(file, "0123abcd half a li", StandardOpenOption.APPEND);
    FileKeyring keyring = open();
    assertTrue(keyring.find(ada).isPresent());
    AuthorKey bob = keyring.derive("bob").author();
    assertTrue(open().find(bob).isPresent());
  }

  @Test
  void shouldNameTheLineOfADamagedLabel() throws IOException {
    open().derive(List.of("ada", "bob"));
    Path file = folder.resolve("import-authors");
    byte[] bytes = Files.readAllBytes(file);
    bytes[20] ^= 1;
    Files.write(file, bytes);
    XfException e = assertThrows(XfException.class, this::open);
    assertEquals(ErrorCode.BAD_FORMAT, e.code());
    assertTrue(e.getMessage().contains("line 1"), e.getMessage());
  }

  @Test
  void shouldRefuseLabelsThatWouldBreakTheFile() {
    FileKeyring keyring = open();
    for (String label : List.of("", "two\nlines", "x".repeat(256))) {
      assertEquals(
          ErrorCode.BAD_CONFIGURATION,
          assertThrows(XfException.class, () -> keyring.derive(label)).code());
    }
    assertTrue(open().derive("fine").author() != null);
  }
}
