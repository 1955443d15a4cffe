package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import xf.event.Sha256;

/**
 * The tables of draft-bryce-cose-merkle-mountain-range-proofs for a range of 39 nodes. Places,
 * peaks and paths are those of our range; node values are not, since that draft hashes positions
 * in, so they are hashed its way here, over our places.
 */
final class MmrVectors {
  private static final int NODES = 39;
  private static final Pattern IN_MMR = Pattern.compile("in MMR\\((\\d+)\\)");
  private static final Pattern IN_MMRS = Pattern.compile("(\\d+) in mmr's (\\d+) - (\\d+)");

  private MmrVectors() {}

  static void tables(VectorCases cases) throws IOException {
    List<List<String>> table = new ArrayList<>();
    List<String> lines = new ArrayList<>(Files.readAllLines(cases.file));
    lines.add("");
    for (String raw : lines) {
      String line = raw.strip();
      if (line.startsWith("|")) {
        String[] cells = line.substring(1).replaceAll("\\|\\s*$", "").split("\\|", -1);
        table.add(Arrays.stream(cells).map(String::trim).toList());
      } else if (!table.isEmpty()) {
        table(cases, table);
        table = new ArrayList<>();
      }
    }
  }

  private static void table(VectorCases cases, List<List<String>> table) {
    List<String> header = table.get(0);
    List<List<String>> rows =
        table.subList(1, table.size()).stream()
            .filter(r -> !r.get(0).startsWith("-") && !r.get(0).startsWith(":"))
            .toList();
    String kind = String.join(",", header);
    Matcher included = IN_MMRS.matcher(header.get(0));
    if (kind.equals("e,leaf values")) {
      rows.forEach(
          r ->
              cases.accept(
                  "leaf " + r,
                  () -> assertEquals(r.get(1), node(new NodeId(0, number(r)).position()))));
    } else if (kind.equals("i,node values")) {
      rows.forEach(r -> cases.accept("node " + r, () -> assertEquals(r.get(1), node(number(r)))));
    } else if (kind.equals("i,accumulator peaks")) {
      rows.forEach(r -> cases.accept("peaks " + r, () -> peaks(r)));
    } else if (kind.equals("accumulator peaks")) {
      cases.accept("peak values", () -> peakValues(rows));
    } else if (header.contains("inclusion path")) {
      rows.forEach(r -> cases.accept("path " + r, () -> path(r)));
    } else if (header.get(0).equals("i")
        && header.subList(1, header.size()).stream().allMatch(c -> c.matches("\\d+"))) {
      rows.forEach(r -> cases.accept("counts " + r, () -> counts(header, r)));
    } else if (included.matches()) {
      int position = Integer.parseInt(included.group(1));
      cases.accept(header.get(0), () -> includedRoots(position, rows));
    } else {
      cases.accept(
          kind,
          () -> {
            throw new AssertionError("unknown table");
          });
    }
  }

  private static long number(List<String> row) {
    return Long.parseLong(row.get(0));
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  private static byte[] bigEndian(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  private static String node(long position) {
    NodeId id = NodeId.at(position);
    if (id.level() == 0) {
      return hex(Sha256.newDigest().digest(bigEndian(position)));
    }
    MessageDigest sha256 = Sha256.newDigest();
    sha256.update(bigEndian(position + 1));
    for (long child = 2 * id.index(); child <= 2 * id.index() + 1; child++) {
      long place = new NodeId(id.level() - 1, child).position();
      sha256.update(HexFormat.of().parseHex(node(place)));
    }
    return hex(sha256.digest());
  }

  /** Leaves of a range of so many nodes, complete or with its last mountains still to be joined. */
  private static long leaves(long nodes) {
    long leaves = 0;
    while (PageDescriptor.totalNodes(leaves + 1) <= nodes) {
      leaves++;
    }
    return leaves;
  }

  private static boolean isComplete(long nodes) {
    return PageDescriptor.totalNodes(leaves(nodes)) == nodes;
  }

  private static List<Long> peaks(long nodes) {
    return ProofPlan.root(leaves(nodes)).nodes().stream().map(NodeId::position).toList();
  }

  private static void peaks(List<String> row) {
    long nodes = number(row) + 1;
    assertTrue(isComplete(nodes));
    assertEquals(row.get(1), join(peaks(nodes)));
  }

  private static String join(List<Long> numbers) {
    return String.join(", ", numbers.stream().map(String::valueOf).toList());
  }

  private static void peakValues(List<List<String>> rows) {
    List<String> all = new ArrayList<>();
    for (long nodes = 1; nodes <= NODES; nodes++) {
      if (isComplete(nodes)) {
        all.add(String.join(" ", peaks(nodes).stream().map(MmrVectors::node).toList()));
      }
    }
    List<String> found = rows.stream().map(r -> r.get(0).replace(",", "")).toList();
    assertTrue(isPartOf(found, all), "peaks of other ranges, or in another order");
  }

  private static boolean isPartOf(List<String> part, List<String> all) {
    return !part.isEmpty() && Collections.indexOfSubList(all, part) >= 0;
  }

  private static List<Long> path(long position, long nodes) {
    List<Long> path = new ArrayList<>();
    NodeId id = NodeId.at(position);
    while (id.parent().position() < nodes && id.sibling().position() < nodes) {
      path.add(id.sibling().position());
      id = id.parent();
    }
    path.add(id.position());
    return path;
  }

  private static void path(List<String> row) {
    Matcher in = IN_MMR.matcher(row.get(1));
    assertTrue(in.matches());
    long nodes = Long.parseLong(in.group(1));
    List<Long> path = path(number(row), nodes);
    long peak = path.remove(path.size() - 1);
    assertEquals(row.get(2), "[" + join(path) + "]");
    assertEquals(row.get(3), "[" + join(peaks(nodes)) + "]");
    assertEquals(Integer.parseInt(row.get(4)), peaks(nodes).indexOf(peak));
  }

  /** Height g of node i; e, how many leaves its range has, and m, their number in bits. */
  private static void counts(List<String> header, List<String> row) {
    for (int column = 1; column < row.size(); column++) {
      long position = Long.parseLong(header.get(column));
      // A node that completes no range still belongs to the leaf that is being added.
      long leaves = leaves(position + 1);
      String value =
          switch (row.get(0)) {
            case "g" -> String.valueOf(NodeId.at(position).level());
            case "e" -> String.valueOf(leaves);
            case "m" -> Long.toBinaryString(leaves);
            default -> throw new AssertionError("unknown row " + row.get(0));
          };
      assertEquals(row.get(column), value, "node " + position);
    }
  }

  /** The peak above a node, as the range grows. */
  private static void includedRoots(int position, List<List<String>> rows) {
    List<String> all = new ArrayList<>();
    for (long nodes = position + 1L; nodes <= NODES; nodes++) {
      if (isComplete(nodes)) {
        List<Long> path = path(position, nodes);
        addIfNew(all, node(path.get(path.size() - 1)));
      }
    }
    List<String> found = new ArrayList<>();
    rows.forEach(r -> addIfNew(found, r.get(0)));
    assertTrue(isPartOf(found, all), found + " is no part of " + all);
  }

  private static void addIfNew(List<String> list, String value) {
    if (list.isEmpty() || !list.get(list.size() - 1).equals(value)) {
      list.add(value);
    }
  }
}
