package xf.shell;

import java.io.PrintStream;
import java.io.Serial;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.felix.service.command.CommandSession;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.XfException;

/** One call of a command: its options, operands and where it prints. */
final class Call {
  private static final String HELP = "--help";

  private final Usage usage;
  private final CommandSession session;
  private final Map<String, String> options = new HashMap<>();
  private final List<String> operands = new ArrayList<>();

  private Call(Usage usage, CommandSession session) {
    this.usage = usage;
    this.session = session;
  }

  /**
   * Runs a command with what was given to it, unless that was a wish for help.
   *
   * @throws Failure with one sentence to read
   */
  static void run(Usage usage, CommandSession session, String[] arguments, Consumer<Call> command) {
    try {
      parse(usage, session, arguments).ifPresent(command);
    } catch (XfException e) {
      throw new Failure(e);
    }
  }

  /** What a terminal shows of a failure is its text: no name of a class before the sentence. */
  static final class Failure extends XfException {
    @Serial private static final long serialVersionUID = 1L;

    Failure(XfException cause) {
      super(cause.code(), cause.getMessage(), cause);
    }

    @Override
    @SuppressWarnings("OverrideThrowableToString") // it is this that the terminal's shell prints
    public String toString() {
      return getMessage();
    }
  }

  /**
   * Checks the arguments; nothing is returned when the caller asked for help and got it.
   *
   * @throws XfException {@link ErrorCode#BAD_CONFIGURATION} saying what was expected
   */
  private static Optional<Call> parse(Usage usage, CommandSession session, String[] arguments) {
    Call call = new Call(usage, session);
    boolean optionsEnded = false;
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      if (optionsEnded || !argument.startsWith("--")) {
        call.operands.add(argument);
      } else if (argument.equals("--")) {
        optionsEnded = true;
      } else if (argument.equals(HELP)) {
        usage.help().forEach(call.out()::println);
        return Optional.empty();
      } else if (!usage.options().containsKey(argument)) {
        throw call.wrong("unknown option " + argument);
      } else if (!usage.takesValue(argument)) {
        call.options.put(argument, "");
      } else if (++i < arguments.length) {
        call.options.put(argument, arguments[i]);
      } else {
        throw call.wrong(argument + " needs a value");
      }
    }
    int count = call.operands.size();
    if (count < usage.min() || count > usage.max()) {
      throw call.wrong(count < usage.min() ? "too few arguments" : "too many arguments");
    }
    return Optional.of(call);
  }

  private XfException wrong(String problem) {
    return new XfException(
        ErrorCode.BAD_CONFIGURATION,
        "xf:" + usage.name() + ": " + problem + "; usage: " + usage.synopsis());
  }

  PrintStream out() {
    return session.getConsole();
  }

  boolean has(String option) {
    return options.containsKey(option);
  }

  Optional<String> option(String option) {
    return Optional.ofNullable(options.get(option));
  }

  String operand(int i) {
    return operands.get(i);
  }

  Optional<String> optionalOperand(int i) {
    return i < operands.size() ? Optional.of(operands.get(i)) : Optional.empty();
  }

  /** The operands from {@code i} on as one text. */
  String rest(int i) {
    return String.join(" ", operands.subList(i, operands.size()));
  }

  /** A number operand in its range. */
  long number(int i, String what, long min, long max) {
    return parseNumber(what, operands.get(i), min, max);
  }

  long number(int i, String what, long min, long max, long otherwise) {
    return i < operands.size() ? number(i, what, min, max) : otherwise;
  }

  static long parseNumber(String what, String text, long min, long max) {
    try {
      long number = Long.parseLong(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw badNumber(what, text, min, max, e);
    }
    throw badNumber(what, text, min, max, null);
  }

  private static XfException badNumber(
      String what, String text, long min, long max, @Nullable Throwable cause) {
    String range = max == Long.MAX_VALUE ? min + " or more" : min + " to " + max;
    return new XfException(
        ErrorCode.OUT_OF_RANGE, what + " " + text + ": expected a number, " + range, cause);
  }

  /** A file operand, relative to the folder the session is in. */
  Path file(int i) {
    return file(operands.get(i));
  }

  Path file(String name) {
    try {
      Path folder = session.currentDir();
      return folder == null ? Path.of(name) : folder.resolve(name);
    } catch (InvalidPathException e) {
      throw new XfException(ErrorCode.BAD_CONFIGURATION, "file " + name + ": " + e.getReason(), e);
    }
  }

  /** Whether somebody watches: pictures, colours and lines that rewrite themselves make sense. */
  boolean isOnTerminal() {
    Object gogoTerminal = session.get(".terminal");
    return gogoTerminal != null || Boolean.TRUE.equals(session.get("xf.terminal"));
  }
}
