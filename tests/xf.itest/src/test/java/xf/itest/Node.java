package xf.itest;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.frameworkStartLevel;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.options;
import static org.ops4j.pax.exam.CoreOptions.systemPackages;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.OptionUtils;

/** The bundles of the home that {@code ./run} starts, at their start levels, without a terminal. */
final class Node {
  private static final String INTERACTIVE_LEVEL = "5";
  private static final int LAST_LEVEL = 6;

  private static final String OPTIONAL_CIPHER_NEEDS = "sun.security.x509";
  private static final List<String> NOT_STARTED = List.of("native-quic", "conscrypt");

  private Node() {}

  /** With what {@code xf.launch} tells the framework. */
  static Option[] bundlesOfTheHome() {
    return OptionUtils.combine(bundlesInAForeignFramework(), systemPackages(OPTIONAL_CIPHER_NEEDS));
  }

  /** In a framework that somebody else started: what is optional may not resolve. */
  static Option[] bundlesInAForeignFramework() {
    Path data = temporaryFolder();
    List<Option> bundles = new ArrayList<>();
    Path home = Path.of(System.getProperty("xf.home"), "bundle");
    for (Path level : list(home)) {
      String number = level.getFileName().toString();
      if (!number.equals(INTERACTIVE_LEVEL)) {
        for (Path jar : list(level)) {
          bundles.add(provision(jar, Integer.parseInt(number)));
        }
      }
    }
    return OptionUtils.combine(
        options(
            junitBundles(),
            frameworkStartLevel(LAST_LEVEL),
            frameworkProperty("xf.data").value(data.toString()),
            systemProperty("logback.configurationFile").value("none.xml")),
        bundles.toArray(Option[]::new));
  }

  private static Option provision(Path jar, int level) {
    var bundle = bundle(jar.toUri().toString()).startLevel(level);
    // A fragment never starts, and what is optional does not start everywhere.
    boolean starts = NOT_STARTED.stream().noneMatch(jar.getFileName().toString()::contains);
    return starts ? bundle : bundle.noStart();
  }

  private static Path temporaryFolder() {
    try {
      Path folder = Files.createTempDirectory(Path.of("target"), "data").toAbsolutePath();
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(
          folder + ": not there; build with mvn verify from the root", e);
    }
  }
}
