package xf.shell.ingest;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Names that passed a check. A file says the same few thousands of them over and over: each is
 * checked once, and is one object however often it comes. Used by one thread.
 */
final class CheckedNames {
  /** Beyond it all are forgotten, and checked again as they come. */
  static final int MAX_NAMES = 1 << 14;

  private final Consumer<String> check;
  private final Map<String, String> names = new HashMap<>();

  /**
   * None so far.
   *
   * @param check throws for a name that is bad
   */
  CheckedNames(Consumer<String> check) {
    this.check = check;
  }

  /** The name, which is good; an equal one if there was one. */
  String checked(String name) {
    String known = names.get(name);
    if (known != null) {
      return known;
    }
    check.accept(name);
    if (names.size() == MAX_NAMES) {
      names.clear();
    }
    names.put(name, name);
    return name;
  }
}
