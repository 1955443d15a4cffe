package xf.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Hypercore's packages with our script beside them, in a folder that is not kept in the repository:
 * {@code npm ci} takes them from whatever registry npm is set up for, as the lock file pins them by
 * version and hash. None of their install scripts runs.
 */
final class HypercoreInstall {
  private static final List<String> FILES =
      List.of("package.json", "package-lock.json", "peer.mjs");
  private static final int NODE_MAJOR = 20;
  private static final long INSTALL_TIMEOUT_S = 300;
  private static final Pattern VERSION = Pattern.compile("\"hypercore\": \"([^\"]+)\"");

  private final Path folder;

  private HypercoreInstall(Path folder) {
    this.folder = folder;
  }

  /** Installs them unless the same are there. */
  static HypercoreInstall in(Path wanted) throws IOException, InterruptedException {
    Path folder = wanted.toAbsolutePath();
    Files.createDirectories(folder);
    checkNode(folder);
    HypercoreInstall install = new HypercoreInstall(folder);
    Path installed = folder.resolve("installed");
    if (install.copyFiles() || !Files.exists(installed)) {
      Files.deleteIfExists(installed);
      List<String> command = List.of("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
      Path log = folder.resolve("npm.log");
      if (!succeeds(command, folder, log, INSTALL_TIMEOUT_S)) {
        throw new IOException(
            String.join(" ", command)
                + " failed in "
                + folder
                + ", see "
                + log
                + ": a registry that npm can reach is needed the first time");
      }
      Files.createFile(installed);
    }
    return install;
  }

  private static void checkNode(Path folder) throws IOException, InterruptedException {
    Path log = folder.resolve("node.log");
    String found = "none that runs";
    if (succeeds(List.of("node", "--version"), folder, log, 10)) {
      found = Files.readString(log).strip();
      Matcher major = Pattern.compile("v(\\d+)\\..*").matcher(found);
      if (major.matches() && Integer.parseInt(major.group(1)) >= NODE_MAJOR) {
        return;
      }
    }
    throw new IOException("node " + NODE_MAJOR + " or later is needed on the path, found " + found);
  }

  /** Whether what is to be installed differs from what is there. */
  private boolean copyFiles() throws IOException {
    boolean changed = false;
    for (String name : FILES) {
      Path file = folder.resolve(name);
      byte[] wanted = resource(name);
      boolean differs = !Files.exists(file) || !Arrays.equals(wanted, Files.readAllBytes(file));
      if (differs) {
        Files.write(file, wanted);
      }
      changed |= differs && !name.endsWith(".mjs");
    }
    return changed;
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = HypercoreInstall.class.getResourceAsStream("peer/hypercore/" + name)) {
      if (in == null) {
        throw new IOException(name + " is not among the resources");
      }
      return in.readAllBytes();
    }
  }

  private static boolean succeeds(List<String> command, Path folder, Path log, long timeoutS)
      throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      Files.writeString(log, e.toString()); // there is no such program
      return false;
    }
    boolean ended = process.waitFor(timeoutS, TimeUnit.SECONDS);
    process.destroyForcibly();
    return ended && process.exitValue() == 0;
  }

  String version() throws IOException {
    Matcher version = VERSION.matcher(Files.readString(folder.resolve("package.json")));
    return version.find() ? version.group(1) : "?";
  }

  /** A process that waits for steps, with its data in a folder. */
  Fork start(Path data) throws IOException {
    return Fork.of(
        "hypercore " + data.getFileName(),
        List.of("node", folder.resolve("peer.mjs").toString(), data.toString()));
  }
}
