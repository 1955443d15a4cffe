package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong is named in one line, and nothing is lost by it. */
class BadInputIT {
  private static final String PUBLISH = "xf:publish hello world";

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @Test
  void shouldNameEveryBadLineAndTakeTheOthers() throws IOException {
    Path file = folder.resolve("bad.jsonl");
    try (ByteArrayOutputStream bytes = new ByteArrayOutputStream()) {
      bytes.write(line(1, "good").getBytes(StandardCharsets.UTF_8));
      bytes.write("this is no JSON\n".getBytes(StandardCharsets.UTF_8));
      bytes.write(
          line(2, "no topic").replace("\"topic\":\"t\",", "").getBytes(StandardCharsets.UTF_8));
      bytes.write(
          line(3, "bad ts").replace("\"ts\":3", "\"ts\":-3").getBytes(StandardCharsets.UTF_8));
      bytes.write(line(4, "latin \u00e9").getBytes(StandardCharsets.ISO_8859_1));
      bytes.write(line(5, "x".repeat(70_000)).getBytes(StandardCharsets.UTF_8));
      bytes.write(line(6, "good too").getBytes(StandardCharsets.UTF_8));
      Files.write(file, bytes.toByteArray());
    }
    Run run = new Run(folder);
    Run.Ended ended = run.exec("xf:import " + file);
    assertEquals("5 lines of 7 refused, the others are in", ended.refused(1));
    List<String> refusals = ended.out().lines().filter(l -> l.startsWith(file + " line")).toList();
    String[] reasons = {"JSON", "lacks the field \"topic\"", "\"ts\" -3", "not UTF-8", "70,0|700"};
    assertEquals(reasons.length, refusals.size(), ended.out());
    for (int i = 0; i < reasons.length; i++) {
      String refusal = refusals.get(i);
      assertTrue(refusal.startsWith(file + " line " + (i + 2) + ": "), refusal);
      String[] any = reasons[i].split("\\|");
      assertTrue(Stream.of(any).anyMatch(refusal::contains), refusal + " says " + reasons[i]);
    }
    assertEquals(2L, JsonText.list(run.exec("xf:logs --json").ok().out()).get(0).get("size"));
  }

  private static String line(int ts, String text) {
    return "{\"ts\":%d,\"author\":\"a\",\"topic\":\"t\",\"text\":\"%s\",\"id\":\"%d\",\"parents\":[]}\n"
        .formatted(ts, text, ts);
  }

  @Test
  void shouldRefuseWhatIsNotThere() {
    Run run = new Run(folder);
    run.exec(PUBLISH).ok();
    assertTrue(run.exec("xf:prove hello 5 p").refused(1).contains("has events 0 to 0"));
    assertTrue(run.exec("xf:import nosuch.jsonl").refused(1).contains("nosuch.jsonl"));
    assertTrue(run.exec("xf:page hello 0").refused(1).contains("sealed"));
    assertTrue(run.exec("xf:events").refused(1).contains("usage: xf:events"));
  }

  @Test
  void shouldFindAndRepairADamagedPage() throws IOException {
    Run run = new Run(folder);
    run.exec("xf:import " + manyLines(600) + "; xf:check").ok();
    Path segment;
    try (Stream<Path> files = Files.walk(run.data().resolve("pages"))) {
      segment = files.filter(f -> f.toString().endsWith(".seg")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(segment);
    bytes[16_384 + 32 + 40 * 300] ^= 1; // a node of the first page
    Files.write(segment, bytes);

    Run.Ended found = run.exec("xf:check");
    assertEquals(1, found.exit(), found::toString);
    assertTrue(found.out().contains("page 0"), found.out());
    assertTrue(run.exec("xf:page t 0").refused(1).contains("page"));
    run.exec("xf:check --repair").ok();
    run.exec("xf:check; xf:page t 0").ok();
  }

  private Path manyLines(int count) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append(line(i, "event " + i));
    }
    return Files.writeString(folder.resolve("many.jsonl"), lines);
  }

  @Test
  void shouldRefuseAFolderItCannotHave() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    Run run = new Run(folder, List.of("--data", file.toString()));
    assertTrue(run.exec(PUBLISH).refused(1).contains(file.toString()));
  }

  @Test
  void shouldRefuseAKeyThatOthersMayRead() throws IOException {
    Run run = new Run(folder);
    run.exec(PUBLISH).ok();
    Path key = run.data().resolve("identity").resolve("device.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));
    assertTrue(run.exec(PUBLISH).refused(1).contains("device.key"));
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
    assertEquals(1L, JsonText.list(run.exec("xf:logs --json").ok().out()).get(0).get("size"));
  }

  @Test
  void shouldRefuseSettingsThatAreWrong() {
    Path file = folder.resolve("settings");
    Run run = new Run(folder);
    Run.write(file, "xf.store.mapBytes = 17\n");
    String outOfRange = run.call(config(file)).refused(2);
    assertTrue(outOfRange.contains("xf.store.mapBytes = 17: expected a number from"), outOfRange);
    Run.write(file, "xf.store.mapBites = 17\n");
    String unknown = run.call(config(file)).refused(2);
    assertTrue(unknown.contains("unknown key xf.store.mapBites; there are: "), unknown);
  }

  private static List<String> config(Path file) {
    return List.of("--config", file.toString(), "--exec", PUBLISH);
  }

  @Test
  void shouldRefuseASecondNodeOnTheSameData() {
    Run run = new Run(folder);
    Run.Running first = run.start(List.of());
    first.type(PUBLISH);
    first.until("the first event", () -> first.out().contains("durable"));
    assertTrue(run.exec(PUBLISH).refused(1).contains("another"));
    first.type(PUBLISH);
    first.closeInput();
    assertEquals(2, first.await().ok().out().lines().count());
  }

  @Test
  void shouldLoseNothingOnAFullDisk() throws IOException {
    RealEvents events = RealEvents.load();
    Path disk = Files.createDirectories(folder.resolve("disk"));
    assumeTrue(mount("-t", "tmpfs", "-o", "size=12m", "tmpfs", disk), "no right to mount a tmpfs");
    try {
      Run run = new Run(folder, List.of("--data", disk.resolve("data").toString()));
      Path acks = folder.resolve("acks");
      Run.Ended full = run.exec("xf:import --acks " + acks + " " + events.file());
      assertEquals(1, full.exit());
      String line = ImportIT.lastLine(full.err()); // the index may have said so before
      assertTrue(line.contains("the disk is full"), line);
      long durable = Run.text(acks).lines().mapToLong(Long::parseLong).max().orElse(0);
      assertNotEquals(0, durable);
      System.out.printf("full disk after %,d of %,d lines: %s%n", durable, events.count(), line);

      assertTrue(mount("-o", "remount,size=200m", disk));
      Run.Ended after = run.exec("xf:check; xf:logs --json").ok();
      Map<String, Long> sizes = ImportIT.sizes(JsonText.list(ImportIT.lastLine(after.out())));
      events
          .sizes(false, durable)
          .forEach((log, size) -> assertTrue(sizes.get(log) >= size, log + " lost events"));
      run.exec("xf:import " + events.file() + "; xf:check").ok();
    } finally {
      command(List.of("umount", disk.toString()));
    }
  }

  @Test
  void shouldRefuseADiskThatCannotBeWritten() throws IOException {
    Path disk = Files.createDirectories(folder.resolve("read-only"));
    assumeTrue(mount("-t", "tmpfs", "-o", "ro", "tmpfs", disk), "no right to mount a tmpfs");
    try {
      Run run = new Run(folder, List.of("--data", disk.resolve("data").toString()));
      assertTrue(run.exec(PUBLISH).refused(1).contains("data"));
    } finally {
      command(List.of("umount", disk.toString()));
    }
  }

  private static boolean mount(Object... arguments) {
    return command(
        Stream.concat(Stream.of("mount"), Stream.of(arguments).map(String::valueOf)).toList());
  }

  private static boolean command(List<String> command) {
    try {
      return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
