package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** Commands that look things up and build things again. */
class CommandsIT {
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  @Test
  void shouldFindEventsByTimeAndId() {
    Run run = new Run(folder);
    Path own = folder.resolve("own.jsonl");
    Run.Ended ended =
        run.exec(
                "xf:publish a one; xf:publish a two; xf:events a --since 2020-01-01 --json;"
                    + " xf:events a --until 2020-01-01T00:00:00Z --json; xf:export a "
                    + own)
            .ok();
    assertEquals(2, JsonText.list(ImportIT.line(ended.out(), 2)).size());
    assertEquals(0, JsonText.list(ImportIT.line(ended.out(), 3)).size());
    String id = (String) JsonText.map(ImportIT.line(Run.text(own), 1)).get("id");
    Map<String, Object> found = JsonText.map(run.exec("xf:find --json " + id).ok().out());
    assertEquals(1L, found.get("index"));
    assertEquals("two", found.get("payload"));
    assertTrue(run.exec("xf:find " + "0".repeat(64)).refused(1).contains("no event here"));
  }

  @Test
  void shouldRebuildPagesAndExportTilesUnderTheSameRoot() {
    Run run = new Run(folder);
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 700; i++) {
      lines.append(
          "{\"ts\":%d,\"author\":\"a\",\"topic\":\"t\",\"text\":\"e\",\"id\":\"%d\",\"parents\":[]}%n"
              .formatted(i, i));
    }
    Path file = folder.resolve("many.jsonl");
    Run.write(file, lines.toString());
    Path tiles = folder.resolve("tiles");
    Run.Ended ended =
        run.exec(
                "xf:import "
                    + file
                    + "; xf:logs --json; xf:rebuild t; xf:rebuild --all --json; xf:export-tiles t "
                    + tiles
                    + " --json; xf:logs --json; xf:check")
            .ok();
    List<String> out = ended.out().lines().toList();
    assertEquals(out.get(1), out.get(5));
    assertEquals(
        JsonText.list(out.get(1)).get(0).get("root"), JsonText.map(out.get(4)).get("root"));
    assertTrue(Files.exists(tiles.resolve("checkpoint")));
    assertTrue(Files.exists(tiles.resolve("tile/0/000")));
  }

  @Test
  void shouldTellTheRangeOfEverySettingThatHasOne() {
    String out = new Run(folder).exec("xf:config").ok().out();
    assertTrue(out.contains("1048576 to 35184372088832"), out);
  }
}
