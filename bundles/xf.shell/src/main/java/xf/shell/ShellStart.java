package xf.shell;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.IntConsumer;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.event.EventBus;
import xf.event.XfException;
import xf.merkle.MerkleIndex;

/**
 * What happens when the node is up: the commands of {@code --exec} are run and the launcher is told
 * how they ended; or lines are read from a standard input that is no terminal; or, for the shell
 * and a daemon, the store is opened so that the first command finds it so.
 */
@Component(immediate = true, service = ShellStart.class)
public final class ShellStart {
  private static final Logger LOG = LoggerFactory.getLogger(ShellStart.class);
  private static final int OK = 0;
  private static final int FAILED = 1;

  private final CommandProcessor processor;
  private final Services services;
  private final IntConsumer exit;
  private final Thread thread;

  /** Starts a thread that does what the framework properties ask for. */
  @Activate
  public ShellStart(
      BundleContext context,
      @Reference CommandProcessor processor,
      @Reference Services services,
      @Reference(target = "(xf.launch=exit)") IntConsumer exit) {
    this.processor = processor;
    this.services = services;
    this.exit = exit;
    String commands = context.getProperty("xf.exec");
    String console = String.valueOf(context.getProperty("xf.console"));
    this.thread = new Thread(() -> run(commands, console), "xf-shell");
    thread.setDaemon(true);
    thread.start();
  }

  @Deactivate
  void deactivate() {
    thread.interrupt();
  }

  private void run(@Nullable String commands, String console) {
    if (commands != null) {
      exit.accept(execute(commands) ? OK : FAILED);
    } else if (console.equals("plain")) {
      readLines();
    } else {
      openServices();
    }
  }

  private boolean execute(String commands) {
    try (CommandSession session = session()) {
      return execute(session, commands);
    }
  }

  private CommandSession session() {
    PrintStream out = stream(FileDescriptor.out);
    PrintStream err = stream(FileDescriptor.err);
    return processor.createSession(new ByteArrayInputStream(new byte[0]), out, err);
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  @SuppressWarnings("CatchingUnchecked") // a command may throw anything; its message is the answer
  private static boolean execute(CommandSession session, String commands) {
    try {
      // Commands of others, such as help and lb, return what they have to say.
      Object result = session.execute(commands);
      if (result != null) {
        session.getConsole().println(session.format(result, Converter.INSPECT));
      }
      session.getConsole().flush();
      return true;
    } catch (Exception e) {
      session.getConsole().flush();
      LOG.debug("{}", commands, e);
      stream(FileDescriptor.err).println(sentence(e));
      return false;
    }
  }

  /** One line for a failure: our own messages as they are, others with their kind. */
  static String sentence(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null
        && (cause instanceof CompletionException || cause instanceof ExecutionException)) {
      cause = cause.getCause();
    }
    String message = String.valueOf(cause.getMessage()).replace('\n', ' ');
    return cause instanceof XfException
        ? message
        : cause.getClass().getSimpleName() + ": " + message;
  }

  private void readLines() {
    try (CommandSession session = session();
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    new FileInputStream(FileDescriptor.in), StandardCharsets.UTF_8))) {
      boolean ok = true;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        ok &= line.isBlank() || execute(session, line);
      }
      exit.accept(ok ? OK : FAILED);
    } catch (IOException e) {
      LOG.error("standard input: {}", e.getMessage());
      exit.accept(FAILED);
    }
  }

  private void openServices() {
    try {
      services.require(EventBus.class);
      services.require(MerkleIndex.class);
    } catch (XfException e) {
      LOG.error("{}", e.getMessage());
    }
  }
}
