package xf.testkit.js;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A copy of the js peer from the shared folder, with its packages installed as its lock file says.
 * Where the shared folder, node or the packages are missing, tests are skipped and say so; with
 * {@code CI=true} they fail.
 */
public final class JsInstall {
  private static final List<String> FILES =
      List.of("package.json", "package-lock.json", "node.mjs", "peer.mjs", "polyfill.mjs");
  private static final long INSTALL_TIMEOUT_S = 300;

  private JsInstall() {}

  /** Skips the calling test class if there can be no js peer here. */
  public static void assumePresent() {
    String problem = problem();
    if ("true".equals(System.getenv("CI")) && !problem.isEmpty()) {
      throw new IllegalStateException("js-libp2p is required where CI=true: " + problem);
    }
    Assumptions.assumeTrue(problem.isEmpty(), () -> "no js-libp2p peer: " + problem);
  }

  /** Where the peer is. */
  static Path folder() {
    return Path.of("target", "js-libp2p").toAbsolutePath();
  }

  /** Installs the peer unless it is there; what is missing for that, empty if nothing. */
  public static String problem() {
    String shared = System.getProperty("xf.shared", "");
    Path source = Path.of(shared, "peers", "js-libp2p");
    if (shared.isEmpty() || !Files.isDirectory(source)) {
      return "no folder " + source + " (system property xf.shared)";
    }
    try {
      Files.createDirectories(folder());
      if (!succeeds(List.of("node", "--version"), Path.of("."), 10)) {
        return "node does not run";
      }
      return install(source);
    } catch (IOException e) {
      return e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }

  private static String install(Path source) throws IOException, InterruptedException {
    Path folder = folder();
    try (FileChannel channel =
            FileChannel.open(
                folder.resolve("install.lock"),
                StandardOpenOption.CREATE,
                StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      for (String file : FILES) {
        Files.copy(source.resolve(file), folder.resolve(file), StandardCopyOption.REPLACE_EXISTING);
      }
      copyOwnScript(folder);
      Path installed = folder.resolve("installed");
      if (lock.isValid() && !Files.exists(installed)) {
        if (!succeeds(
            List.of("npm", "install", "--no-audit", "--no-fund"), folder, INSTALL_TIMEOUT_S)) {
          return "npm install failed, see " + folder.resolve("npm.log");
        }
        Files.createFile(installed);
      }
      return "";
    }
  }

  private static void copyOwnScript(Path folder) throws IOException {
    try (InputStream script = JsInstall.class.getResourceAsStream("interop-peer.mjs")) {
      if (script == null) {
        throw new IOException("interop-peer.mjs is not among the test resources");
      }
      Files.copy(script, folder.resolve("interop-peer.mjs"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  private static boolean succeeds(List<String> command, Path folder, long timeoutS)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder().resolveSibling("npm.log").toFile())
            .start();
    boolean ended = process.waitFor(timeoutS, TimeUnit.SECONDS);
    process.destroyForcibly();
    return ended && process.exitValue() == 0;
  }
}
