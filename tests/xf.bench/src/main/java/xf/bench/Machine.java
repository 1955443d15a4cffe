package xf.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What a run was made on. */
final class Machine {
  private Machine() {}

  static String describe(Path folder) throws IOException {
    FileStore disk = Files.getFileStore(folder);
    return "%s, %d cores, %s, %s; Java %s (%s); %s on %s; load %s"
        .formatted(
            firstLine("/proc/cpuinfo", "model name"),
            Runtime.getRuntime().availableProcessors(),
            memory(),
            System.getProperty("os.name") + " " + System.getProperty("os.version"),
            System.getProperty("java.version"),
            System.getProperty("java.vm.name"),
            disk.type(),
            disk.name(),
            Files.exists(Path.of("/proc/loadavg"))
                ? Files.readString(Path.of("/proc/loadavg")).split(" ", 2)[0]
                : "unknown");
  }

  private static String memory() throws IOException {
    String line = firstLine("/proc/meminfo", "MemTotal");
    String digits = line.replaceAll("[^0-9]", "");
    return digits.isEmpty() ? "memory unknown" : (Long.parseLong(digits) >> 20) + " GiB";
  }

  private static String firstLine(String file, String key) throws IOException {
    Path path = Path.of(file);
    if (!Files.exists(path)) {
      return System.getProperty("os.arch");
    }
    try (Stream<String> lines = Files.lines(path)) {
      return lines
          .filter(line -> line.startsWith(key))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .orElse(System.getProperty("os.arch"));
    }
  }

  static String commit() throws IOException, InterruptedException {
    String commit = output(List.of("git", "rev-parse", "--short", "HEAD"));
    boolean changed = !output(List.of("git", "status", "--porcelain", "-uno")).isEmpty();
    return commit + (changed ? " and uncommitted changes" : "");
  }

  private static String output(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String first = lines.readLine();
      while (lines.readLine() != null) {
        // to the end, so that the process can end
      }
      process.waitFor();
      return first == null ? "" : first;
    }
  }

  /** Newer platforms warn of what native libraries do; the warnings would only fill a pipe. */
  static List<String> quietFlags() {
    List<String> flags = new ArrayList<>();
    if (Runtime.version().feature() >= 24) {
      flags.add("--enable-native-access=ALL-UNNAMED");
      flags.add("--sun-misc-unsafe-memory-access=allow");
    }
    return flags;
  }
}
