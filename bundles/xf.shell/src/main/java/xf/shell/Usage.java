package xf.shell;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a command takes: shown by {@code --help} and checked before the command runs.
 *
 * @param name without scope
 * @param operands as shown, such as {@code LOG [FROM [COUNT]]}
 * @param min fewest operands
 * @param max most operands
 * @param summary one sentence
 * @param options option to its value's name (empty for a flag), a bar, and what it means
 */
record Usage(
    String name, String operands, int min, int max, String summary, Map<String, String> options) {
  static Usage of(String name, String operands, int min, int max, String summary) {
    return new Usage(name, operands, min, max, summary, Map.of());
  }

  /** The same with one more option that takes no value. */
  Usage flag(String option, String meaning) {
    return value(option, "", meaning);
  }

  /** The same with one more option and its value. */
  Usage value(String option, String valueName, String meaning) {
    Map<String, String> more = new LinkedHashMap<>(options);
    more.put(option, valueName + "|" + meaning);
    return new Usage(name, operands, min, max, summary, more);
  }

  boolean takesValue(String option) {
    return !options.getOrDefault(option, "|").startsWith("|");
  }

  String synopsis() {
    StringBuilder line = new StringBuilder("xf:").append(name);
    options.forEach(
        (option, text) -> {
          String valueName = text.substring(0, text.indexOf('|'));
          line.append(" [").append(option);
          line.append(valueName.isEmpty() ? "" : " ").append(valueName).append(']');
        });
    return (operands.isEmpty() ? line : line.append(' ').append(operands)).toString();
  }

  List<String> help() {
    List<String> lines = new ArrayList<>();
    lines.add(synopsis());
    lines.add("  " + summary);
    options.forEach(
        (option, text) -> {
          int bar = text.indexOf('|');
          String left = (option + " " + text.substring(0, bar)).trim();
          lines.add(String.format("  %-16s %s", left, text.substring(bar + 1)));
        });
    return lines;
  }
}
