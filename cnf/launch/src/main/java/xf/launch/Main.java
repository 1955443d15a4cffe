package xf.launch;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleException;

/** The entry point: {@code java -Dxf.home=HOME xf.launch.Main [options]}. */
public final class Main {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;

  private Main() {}

  /** Runs a node and exits with its code. */
  public static void main(String[] arguments) throws InterruptedException {
    int code;
    try {
      code = run(Options.parse(List.of(arguments), System.getenv()));
    } catch (UsageException e) {
      code = fail(USAGE, e.getMessage());
    } catch (IOException e) {
      code = fail(FAILED, e.getClass().getSimpleName() + ": " + e.getMessage());
    } catch (BundleException e) {
      code = fail(FAILED, firstLine(e));
    }
    System.exit(code);
  }

  private static int fail(int code, @Nullable String message) {
    System.err.println("run: " + message);
    return code;
  }

  private static String firstLine(Throwable e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
  }

  private static int run(Options options)
      throws UsageException, IOException, BundleException, InterruptedException {
    switch (options.action()) {
      case HELP -> {
        System.out.print(text("help.txt"));
        return OK;
      }
      case VERSION -> {
        System.out.println("xaeroflux " + version() + ", Java " + Runtime.version());
        return OK;
      }
      default -> {
        return start(options);
      }
    }
  }

  private static int start(Options options)
      throws UsageException, IOException, BundleException, InterruptedException {
    Path home = Path.of(System.getProperty("xf.home", ".")).toAbsolutePath().normalize();
    Optional<String> file = options.value(Options.Key.CONFIG);
    Map<String, Map<String, List<String>>> configurations =
        file.isPresent()
            ? Settings.load(Path.of(file.get()), home.resolve("bundle"), options)
            : Map.of();
    Node node = Node.start(home, options, configurations, Boolean.getBoolean("xf.terminal"));
    boolean isDaemon = options.action() == Options.Action.DAEMON;
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node, isDaemon), "xf-stop"));
    if (options.isTimed()) {
      long ms = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
      System.err.println("started " + ms + " ms after the JVM");
    }
    return node.awaitEnd();
  }

  /** A daemon that was asked to end and did so has done nothing wrong: exit code 0, not 143. */
  private static void stop(Node node, boolean isDaemon) {
    boolean wasRunning = node.isRunning();
    if (node.stop() && isDaemon && wasRunning) {
      Runtime.getRuntime().halt(OK);
    }
  }

  private static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "(development)" : version;
  }

  private static String text(String resource) throws IOException {
    try (InputStream in = Main.class.getResourceAsStream(resource)) {
      return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
