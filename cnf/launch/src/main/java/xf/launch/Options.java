package xf.launch;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the user asked for: command line before environment before settings file. */
final class Options {
  private static final Set<String> LOG_LEVELS =
      Set.of("error", "warn", "info", "debug", "trace", "off");

  /** A setting that has a value. */
  enum Key {
    DATA("--data", "XAERO_DATA", "xf.data"),
    DB_PATH("--db-path", "XAERO_DB_PATH", "xf.store.dbPath"),
    PAGE_PATH("--page-path", "XAERO_PAGE_STORE", "xf.store.pagePath"),
    THREADS("--threads", "XAERO_THREADS", "xf.threads"),
    LOG_LEVEL("--log-level", "XAERO_LOG", "xf.log.level"),
    CONFIG("--config", "", ""),
    EXEC("--exec", "", "");

    private final String option;
    private final String variable;
    private final String property;

    Key(String option, String variable, String property) {
      this.option = option;
      this.variable = variable;
      this.property = property;
    }

    /** Its key in a settings file: a framework property or {@code pid.attribute}; or nothing. */
    String property() {
      return property;
    }
  }

  /** What to do. */
  enum Action {
    SHELL,
    EXEC,
    DAEMON,
    HELP,
    VERSION
  }

  private record Given(String value, String origin) {}

  private final Map<Key, Given> values = new EnumMap<>(Key.class);
  private Action action = Action.SHELL;
  private boolean timed;

  private Options() {}

  static Options parse(List<String> arguments, Map<String, String> environment)
      throws UsageException {
    Options options = new Options();
    for (Key key : Key.values()) {
      String value = key.variable.isEmpty() ? null : environment.get(key.variable);
      if (value != null && !value.isEmpty()) {
        options.values.put(key, new Given(value, key.variable));
      }
    }
    Deque<String> left = new ArrayDeque<>(arguments);
    while (!left.isEmpty()) {
      options.parseOne(left.removeFirst(), left);
    }
    options.check();
    return options;
  }

  private void parseOne(String argument, Deque<String> left) throws UsageException {
    switch (argument) {
      case "--daemon" -> action(Action.DAEMON, argument);
      case "--help", "-h" -> action = Action.HELP;
      case "--version" -> action = Action.VERSION;
      case "--time" -> timed = true;
      default -> {
        int equals = argument.indexOf('=');
        Key key = key(equals < 0 ? argument : argument.substring(0, equals));
        String value = equals < 0 ? left.pollFirst() : argument.substring(equals + 1);
        if (value == null || value.isEmpty()) {
          throw new UsageException(key.option + ": expected a value after it");
        }
        values.put(key, new Given(value, key.option));
        if (key == Key.EXEC) {
          action(Action.EXEC, argument);
        }
      }
    }
  }

  private void action(Action wanted, String argument) throws UsageException {
    if (action == Action.EXEC || action == Action.DAEMON) {
      throw new UsageException(argument + ": --exec and --daemon exclude one another");
    }
    if (action == Action.SHELL) {
      action = wanted;
    }
  }

  private static Key key(String name) throws UsageException {
    for (Key key : Key.values()) {
      if (key.option.equals(name)) {
        return key;
      }
    }
    throw new UsageException("unknown option " + name + ": see run --help");
  }

  /** Takes a value from the settings file where nothing stronger has set one. */
  boolean offer(String property, String value, String origin) {
    for (Key key : Key.values()) {
      if (!property.isEmpty() && key.property.equals(property)) {
        values.putIfAbsent(key, new Given(value, origin + " " + property));
        return true;
      }
    }
    return false;
  }

  /** Refuses values out of range, whichever way they came. */
  void check() throws UsageException {
    for (Key key : List.of(Key.DATA, Key.DB_PATH, Key.PAGE_PATH, Key.CONFIG)) {
      Given given = values.get(key);
      if (given != null) {
        path(given);
      }
    }
    Given threads = values.get(Key.THREADS);
    if (threads != null && !isNumber(threads.value, 1, 64)) {
      throw bad(threads, "a number from 1 to 64");
    }
    Given level = values.get(Key.LOG_LEVEL);
    if (level != null && !LOG_LEVELS.contains(level.value.toLowerCase(Locale.ROOT))) {
      throw bad(level, "error, warn, info, debug, trace or off");
    }
  }

  private static UsageException bad(Given given, String expected) {
    return new UsageException(given.origin + " = " + given.value + ": expected " + expected);
  }

  static boolean isNumber(String text, long min, long max) {
    try {
      long number = Long.parseLong(text.trim());
      return number >= min && number <= max;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static Path path(Given given) throws UsageException {
    try {
      return Path.of(given.value).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw bad(given, "a path (" + e.getReason() + ")");
    }
  }

  Action action() {
    return action;
  }

  boolean isTimed() {
    return timed;
  }

  Optional<String> value(Key key) {
    return Optional.ofNullable(values.get(key)).map(Given::value);
  }

  /** An absolute path. */
  Optional<Path> path(Key key) {
    return value(key).map(value -> Path.of(value).toAbsolutePath().normalize());
  }

  Path data() {
    return path(Key.DATA).orElseGet(() -> Path.of("data").toAbsolutePath());
  }

  String logLevel() {
    return value(Key.LOG_LEVEL).orElse("info").toLowerCase(Locale.ROOT);
  }
}
