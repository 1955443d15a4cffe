package xf.shell;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.GZIPInputStream;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.EventLogs;
import xf.event.GroupId;
import xf.event.Keyring;
import xf.event.XfException;
import xf.merkle.MerkleIndex;
import xf.shell.ingest.ImportProgress;
import xf.shell.ingest.ImportReport;
import xf.shell.ingest.Importer;

/** {@code xf:import}. */
@Component(service = ImportCommand.class)
@GogoCommand(
    scope = "xf",
    function = {"import"})
public final class ImportCommand {
  private static final Usage IMPORT =
      Usage.of(
              "import",
              "FILE",
              1,
              1,
              "Takes in JSON lines (plain or gzip): ts, author, topic, text, id, parents. What is"
                  + " there already is left alone, so a broken import is simply repeated.")
          .value(GroupSelector.OPTION, "NAME", "into that group instead of the device's own")
          .flag("--per-author", "a log for each author, parents as dependencies")
          .value(
              "--acks",
              "ACKS",
              "append to this file, each time, the number of the line up to which all is durable")
          .flag("--json", "the result as JSON");

  private final Services services;
  private final GroupSelector groups;
  private final AtomicBoolean running = new AtomicBoolean();

  /** Uses the services of the node. */
  @Activate
  public ImportCommand(@Reference Services services, @Reference GroupSelector groups) {
    this.services = services;
    this.groups = groups;
  }

  /** Takes a file in. */
  @Descriptor("take in JSON lines; see xf:import --help")
  public void _import(CommandSession session, String... arguments) {
    Call.run(IMPORT, session, arguments, this::run);
  }

  private void run(Call call) {
    if (!running.compareAndSet(false, true)) {
      throw new XfException(ErrorCode.IN_USE, "another import is running: wait for its end");
    }
    try {
      report(call, importFile(call));
    } finally {
      running.set(false);
    }
  }

  private Result importFile(Call call) {
    Path file = call.file(0);
    EventLogs logs = services.require(EventLogs.class);
    Keyring keyring = services.require(Keyring.class);
    services.require(MerkleIndex.class); // it has frozen by then what came from an old backup
    GroupId group = groups.of(call);
    try (CountingStream raw = new CountingStream(Files.newInputStream(file));
        InputStream in = unpacked(raw);
        Acks acks = new Acks(call.option("--acks").map(call::file))) {
      Watcher watcher = new Watcher(call, file, Files.size(file), acks);
      Importer importer =
          new Importer(logs, keyring, group, file, call.has("--per-author"), watcher);
      try {
        return new Result(importer.run(in, raw::count), watcher.refusals);
      } finally {
        watcher.finish();
      }
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, file + ": cannot be read: " + e, e);
    }
  }

  /** By its first bytes, not by its name. */
  private static InputStream unpacked(CountingStream raw) throws IOException {
    BufferedInputStream in = new BufferedInputStream(raw, 1 << 16);
    in.mark(2);
    int magic = in.read() | in.read() << 8;
    in.reset();
    return magic == GZIPInputStream.GZIP_MAGIC ? new GZIPInputStream(in, 1 << 16) : in;
  }

  private record Refusal(long line, String reason) {}

  private record Result(ImportReport report, List<Refusal> refusals) {}

  private static void report(Call call, Result result) {
    ImportReport report = result.report;
    PrintStream out = call.out();
    if (call.has("--json")) {
      Json.print(
          out,
          json -> {
            json.writeStartObject();
            json.writeNumberField("lines", report.lines());
            json.writeNumberField("imported", report.appended());
            json.writeNumberField("known", report.known());
            json.writeNumberField("refused", report.refused());
            json.writeNumberField("logs", report.logs());
            json.writeNumberField("dependencies", report.dependencies());
            json.writeNumberField("unseen", report.unseen());
            json.writeNumberField("seconds", report.nanos() / 1e9);
            json.writeArrayFieldStart("refusals");
            for (Refusal refusal : result.refusals) {
              json.writeStartObject();
              json.writeNumberField("line", refusal.line);
              json.writeStringField("reason", refusal.reason);
              json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
          });
    } else {
      out.println(sentence(report));
    }
    if (report.refused() > 0) {
      throw new XfException(
          ErrorCode.BAD_FORMAT,
          Human.count(report.refused(), "line")
              + " of "
              + Human.count(report.lines())
              + " refused, the others are in");
    }
  }

  private static String sentence(ImportReport report) {
    if (report.appended() == 0 && report.refused() == 0) {
      return "nothing new: "
          + (report.known() == 1
              ? "the one event was"
              : "all " + Human.count(report.known()) + " events were")
          + " there already ("
          + Human.seconds(report.nanos())
          + ")";
    }
    long perSecond = Math.round(report.lines() * 1e9 / Math.max(1, report.nanos()));
    StringBuilder text = new StringBuilder("imported ");
    text.append(Human.count(report.appended(), "event")).append(" in ");
    text.append(Human.count(report.logs(), "log")).append(" in ");
    text.append(Human.seconds(report.nanos())).append(" (");
    text.append(Human.count(perSecond)).append("/s), all durable");
    if (report.known() > 0) {
      text.append("; ").append(Human.count(report.known())).append(" were there already");
    }
    if (report.dependencies() > 0) {
      text.append("; ").append(Human.count(report.dependencies(), "causal link"));
    }
    if (report.unseen() > 0) {
      text.append("; ").append(Human.count(report.unseen(), "parent")).append(" not in the file");
    }
    return text.toString();
  }

  /** Counts what was read of a file. */
  private static final class CountingStream extends FilterInputStream {
    private long count;

    CountingStream(InputStream in) {
      super(in);
    }

    long count() {
      return count;
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      count += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }

  /** Tells whoever feeds the file how much of it need not be kept. */
  private static final class Acks implements AutoCloseable {
    private final @Nullable OutputStream out;

    Acks(Optional<Path> file) throws IOException {
      out =
          file.isEmpty()
              ? null
              : Files.newOutputStream(
                  file.get(), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    void write(long line) {
      if (out != null) {
        try {
          out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
          throw new XfException(ErrorCode.IO, "--acks: cannot be written: " + e.getMessage(), e);
        }
      }
    }

    @Override
    public void close() throws IOException {
      if (out != null) {
        out.close();
      }
    }
  }

  /** Shows how it goes: a bar that rewrites itself on a terminal, a line now and then elsewhere. */
  private static final class Watcher implements ImportProgress {
    private static final int MAX_SHOWN = 20;
    private static final int BAR_WIDTH = 30;
    private static final long BAR_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long LINE_NS = TimeUnit.SECONDS.toNanos(5);

    private final PrintStream out;
    private final Path file;
    private final long fileBytes;
    private final boolean isTerminal;

    /** Nothing but the result may be printed. */
    private final boolean isQuiet;

    private final List<Refusal> refusals = new ArrayList<>();
    private final long startNs = System.nanoTime();
    private long shownNs = startNs;
    private long refused;
    private boolean hasBar;
    private final Acks acks;

    Watcher(Call call, Path file, long fileBytes, Acks acks) {
      this.acks = acks;
      this.out = call.out();
      this.file = file;
      this.fileBytes = Math.max(1, fileBytes);
      this.isTerminal = call.isOnTerminal();
      this.isQuiet = call.has("--json");
    }

    @Override
    public void refused(long line, String reason) {
      if (++refused <= MAX_SHOWN && isQuiet) {
        refusals.add(new Refusal(line, reason));
      } else if (isQuiet) {
        return; // the result has their number
      } else if (refused <= MAX_SHOWN) {
        clearBar();
        out.println(file + " line " + line + ": " + reason);
      } else if (refused == MAX_SHOWN + 1) {
        clearBar();
        out.println("more lines are refused; only the first " + MAX_SHOWN + " are shown");
      }
    }

    @Override
    public void advanced(long bytes, long events) {
      long nowNs = System.nanoTime();
      if (isQuiet || nowNs - shownNs < (isTerminal ? BAR_NS : LINE_NS)) {
        return;
      }
      shownNs = nowNs;
      double part = Math.min(1, bytes / (double) fileBytes);
      long elapsedNs = Math.max(1, nowNs - startNs);
      long perSecond = Math.round(events * 1e9 / elapsedNs);
      long leftSeconds = Math.round(elapsedNs / 1e9 * (1 - part) / Math.max(part, 1e-6));
      String state =
          String.format(
              Locale.ROOT,
              "%3d %%  %,d events  %,d/s  %s left",
              Math.round(100 * part),
              events,
              perSecond,
              Human.remaining(leftSeconds));
      if (isTerminal) {
        int full = (int) Math.round(part * BAR_WIDTH);
        out.print("\r\u001b[K" + "█".repeat(full) + "░".repeat(BAR_WIDTH - full) + " " + state);
        out.flush();
        hasBar = true;
      } else {
        out.println(state);
      }
    }

    @Override
    public void acknowledged(long line) {
      acks.write(line);
    }

    private void clearBar() {
      if (hasBar) {
        out.print("\r\u001b[K");
        hasBar = false;
      }
    }

    void finish() {
      clearBar();
      out.flush();
    }
  }
}
