package xf.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A process that is measured: a JVM that runs a {@link Measurement}, or another program. */
final class Fork implements AutoCloseable {
  private static final int LAST_LINES = 20;

  private final String name;
  private final Process process;
  private final BufferedReader lines;
  private final BufferedWriter steps;
  private final ArrayDeque<String> said = new ArrayDeque<>();

  /** Starts a JVM with these arguments. */
  Fork(List<String> jvmFlags, Object... arguments) throws IOException {
    this(Arrays.toString(arguments), command(jvmFlags, arguments));
  }

  private Fork(String name, List<String> command) throws IOException {
    this.name = name;
    process = new ProcessBuilder(command).redirectErrorStream(true).start();
    lines = process.inputReader(StandardCharsets.UTF_8);
    steps = process.outputWriter(StandardCharsets.UTF_8);
  }

  /** Starts a program that takes steps and gives figures as a {@link Measurement} does. */
  static Fork of(String name, List<String> command) throws IOException {
    return new Fork(name, command);
  }

  private static List<String> command(List<String> jvmFlags, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(Machine.quietFlags());
    command.addAll(jvmFlags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(Measurement.class.getName());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }

  /** Has it do a step and takes what that gave. */
  Figures step(String step) throws IOException {
    Figures figures = new Figures();
    step(step, figures);
    return figures;
  }

  /** Has it do a step. */
  void step(String step, Figures figures) throws IOException {
    steps.write(step);
    steps.newLine();
    steps.flush();
    if (!read(figures)) {
      throw new IOException(name + " ended in step " + step + ":\n" + String.join("\n", said));
    }
  }

  /** Has it finish, and takes what it measured. */
  void finish(Figures figures) throws IOException, InterruptedException {
    steps.close();
    read(figures);
    if (process.waitFor() != 0) {
      throw new IOException(name + " failed:\n" + String.join("\n", said));
    }
  }

  /** Reads to the end of a step; false when the process ended instead. */
  private boolean read(Figures figures) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.equals(Measurement.DONE)) {
        return true;
      }
      if (!figures.take(line)) {
        said.add(line);
        if (said.size() > LAST_LINES) {
          said.remove();
        }
      }
    }
    return false;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
