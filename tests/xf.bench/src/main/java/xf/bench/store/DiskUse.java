package xf.bench.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** What folders take on the disk. */
public final class DiskUse {
  private DiskUse() {}

  /** Bytes in blocks, so that the holes of sparse files do not count. */
  public static long bytes(Path folder) throws IOException, InterruptedException {
    Process du = new ProcessBuilder("du", "-sk", folder.toString()).start();
    try (BufferedReader lines = du.inputReader(StandardCharsets.UTF_8)) {
      String line = lines.readLine();
      if (du.waitFor() != 0 || line == null) {
        throw new IOException("du failed for " + folder);
      }
      return 1024 * Long.parseLong(line.split("\t", 2)[0]);
    }
  }

  /** Removes a folder and all in it. */
  public static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(each);
        }
      }
    }
  }
}
