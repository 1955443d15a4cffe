package xf.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A node in a JVM of its own that is talked to through its standard input, and can be killed and
 * started again on the same data. It keeps the address it got when it first listened.
 */
final class Member implements AutoCloseable {
  private static final String JAVA_OPTIONS =
      "-Xmx96m -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError";

  /** What gogo answers to an assignment: its value. */
  private static final String MARK = "mark = ";

  private static final Pattern HAVE = Pattern.compile("\\): ([0-9,]+) of ");

  final String name;
  private final Run run;
  private final List<String> prefix;
  private final Path config;
  private Run.@Nullable Running node;
  private int questions;
  private long read;

  /** A node that is not started yet; {@code listen} may have port 0. */
  Member(Path folder, String name, String listen) {
    this(folder, name, listen, List.of());
  }

  /** The same, started by a command in front of the node's own. */
  Member(Path folder, String name, String listen, List<String> prefix) {
    this.name = name;
    this.prefix = prefix;
    this.run = new Run(folder.resolve(name)).with("XF_JAVA_OPTS", JAVA_OPTIONS);
    this.config = run.folder().resolve("settings");
    configure(listen);
  }

  private void configure(String listen) {
    Run.write(config, "xf.libp2p.listen = " + listen + "\nxf.libp2p.mdns.enabled = false\n");
  }

  Path folder() {
    return run.folder();
  }

  Path data() {
    return run.data();
  }

  /** Starts it and waits until it listens; the next start listens at the same port. */
  Member start() {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(List.of(Run.ROOT.resolve("run").toString(), "--data", run.data().toString()));
    command.addAll(List.of("--config", config.toString()));
    node = run.startCommand(command);
    questions = 0;
    read = 0;
    String[] listens = new String[1];
    assertTrue(
        Run.until(
            () -> {
              List<?> at = (List<?>) JsonText.map(ask("xf:id --json")).get("listen");
              listens[0] = at.isEmpty() ? null : (String) at.get(0);
              return listens[0] != null;
            }),
        () -> name + " listens nowhere: " + node.err());
    configure(listens[0]);
    return this;
  }

  private Run.Running node() {
    if (node == null) {
      throw new IllegalStateException(name + " does not run");
    }
    return node;
  }

  boolean isRunning() {
    return node != null;
  }

  /** What a command prints. */
  String ask(String command) {
    say(command);
    String end = "end-" + questions + "\n";
    StringBuilder said = new StringBuilder();
    node()
        .until(
            name + ": the end of " + command,
            () -> said.append(news()).length() >= end.length() && said.indexOf(end) >= 0);
    String begin = "begin-" + questions + "\n";
    return said.substring(said.indexOf(begin) + begin.length(), said.indexOf(end)).strip();
  }

  /** Has it run a command and does not wait for its end. */
  void say(String command) {
    questions++;
    node().type(MARK + "begin-" + questions + "\n" + command + "\n" + MARK + "end-" + questions);
  }

  /** What it printed since the last look. */
  private String news() {
    try (SeekableByteChannel out = Files.newByteChannel(node().outFile())) {
      ByteBuffer bytes = ByteBuffer.allocate((int) (out.size() - read));
      out.position(read).read(bytes);
      read += bytes.position();
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Map<String, Object>> askList(String command) {
    return JsonText.list(ask(command));
  }

  /** Signed heads of a group: size and root by log. */
  Map<String, String> heads(String group) {
    Map<String, String> heads = new TreeMap<>();
    for (Map<String, Object> head : askList("xf:heads --json " + group)) {
      heads.put((String) head.get("log"), head.get("size") + " " + head.get("root"));
    }
    return heads;
  }

  /** Events of a group that are durable here. */
  long events(String group) {
    String line = ask("xf:sync " + group);
    Matcher have = HAVE.matcher(line);
    assertTrue(have.find(), () -> name + " says: " + line);
    return Long.parseLong(have.group(1).replace(",", ""));
  }

  /** The standard error of all its lives so far. */
  String trouble() {
    StringBuilder all = new StringBuilder(name + ":\n");
    try (var files = Files.newDirectoryStream(run.folder(), "err-*")) {
      files.forEach(file -> all.append(Run.text(file)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toString();
  }

  /** As a power cut would end it, but for what the operating system still writes. */
  void kill() {
    node().kill();
    node = null;
  }

  /** Lets it end by itself. */
  Run.Ended end() {
    node().closeInput();
    Run.Ended ended = node().await();
    node = null;
    return ended;
  }

  @Override
  public void close() {
    if (node != null) {
      kill();
    }
  }
}
