package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Calls of {@code ./run}. Immutable but for the folder it works in. */
final class Run {
  static final Path ROOT = Path.of(System.getProperty("xf.root")).toAbsolutePath().normalize();
  private static final Duration LIMIT = Duration.ofMinutes(3);
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> options;
  private int calls;

  /** Calls with {@code folder} as working folder and its {@code data} as the node's data. */
  Run(Path folder) {
    this(folder, List.of("--data", folder.resolve("data").toString()));
  }

  /** Calls with these options. */
  Run(Path folder, List<String> options) {
    this.folder = folder;
    this.options = options;
  }

  /** How a call ended. */
  record Ended(int exit, String out, String err) {
    Ended ok() {
      assertEquals(0, exit, () -> "exit code; out:\n" + out + "\nerr:\n" + err);
      return this;
    }

    /** Refused with this exit code and one line, which it returns. */
    String refused(int code) {
      assertEquals(code, exit, () -> "exit code; out:\n" + out + "\nerr:\n" + err);
      List<String> lines = err.lines().toList();
      assertEquals(1, lines.size(), () -> "one line expected on standard error:\n" + err);
      return lines.get(0);
    }
  }

  /** A call that has not ended. */
  record Running(Process process, Path outFile, Path errFile) {
    String out() {
      return text(outFile);
    }

    String err() {
      return text(errFile);
    }

    /** Sends a line to its standard input. */
    void type(String line) {
      try {
        process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void closeInput() {
      try {
        process.getOutputStream().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    Ended await() {
      try {
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError("no end after " + LIMIT + "; out:\n" + out() + err());
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      }
      return new Ended(process.exitValue(), out(), err());
    }

    Ended kill() {
      process.destroyForcibly();
      return await();
    }

    void until(String what, BooleanSupplier condition) {
      assertTrue(
          Run.until(() -> condition.getAsBoolean() || !process.isAlive())
              && condition.getAsBoolean(),
          () -> what + " did not come; out:\n" + out() + "\nerr:\n" + err());
    }
  }

  /** Waits for a condition; false when it did not come in time. */
  static boolean until(BooleanSupplier condition) {
    long endNs = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > endNs) {
        return false;
      }
      LockSupport.parkNanos(LOOK_NS);
    }
    return true;
  }

  Path folder() {
    return folder;
  }

  Path data() {
    return folder.resolve("data");
  }

  Run with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  Ended exec(String commands) {
    return call(List.of("--exec", commands));
  }

  Ended call(List<String> more) {
    Running running = start(more);
    running.closeInput();
    return running.await();
  }

  Running start(List<String> more) {
    List<String> command = new ArrayList<>(List.of(ROOT.resolve("run").toString()));
    command.addAll(options);
    command.addAll(more);
    return startCommand(command);
  }

  Running startCommand(List<String> command) {
    try {
      Files.createDirectories(folder);
      Path out = folder.resolve("out-" + calls);
      Path err = folder.resolve("err-" + calls++);
      ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
      builder.environment().keySet().removeIf(key -> key.startsWith("XAERO_"));
      builder.environment().remove("JAVA_TOOL_OPTIONS");
      builder.environment().putAll(environment);
      Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      return new Running(process, out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(Path file, String text) {
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
