package xf.gossip.negentropy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import xf.event.XfException;

class NegentropyTest {
  private static final HexFormat HEX = HexFormat.of();

  /** The folder of published vectors; absent on some machines, never on the CI's. */
  private static Path vectors() {
    Path folder = Path.of(System.getProperty("xf.shared", "")).resolve("vectors/negentropy-v1");
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue(Files.isDirectory(folder), "no published vectors at " + folder);
    }
    return folder;
  }

  private static String read(String file) throws IOException {
    return Files.readString(vectors().resolve(file));
  }

  private static String field(String json, String name) {
    Matcher matcher = Pattern.compile("\"" + name + "\": *\"([0-9a-f]*)\"").matcher(json);
    assertTrue(matcher.find(), name);
    return matcher.group(1);
  }

  private static List<Item> items(String lines) {
    List<Item> items = new ArrayList<>();
    Matcher matcher = Pattern.compile("(\\d+),\"?\\s*([0-9a-f]{64})").matcher(lines);
    while (matcher.find()) {
      items.add(new Item(Long.parseLong(matcher.group(1)), HEX.parseHex(matcher.group(2))));
    }
    return items;
  }

  private static List<Item> jsonItems(String json) {
    return items(json.replaceAll("(\\d+),\\s*\"([0-9a-f]{64})\"", "$1,$2"));
  }

  private static Negentropy side(List<Item> items) {
    return new Negentropy(new ItemSet(items), 0);
  }

  @Test
  void shouldWriteNumbersAndFingerprintsAsPublished() throws IOException {
    String basic = read("basic.json");
    Matcher numbers = Pattern.compile("\"n\": (\\d+),\\s*\"hex\": \"([0-9a-f]+)\"").matcher(basic);
    int count = 0;
    for (; numbers.find(); count++) {
      Output out = new Output();
      out.number(Long.parseLong(numbers.group(1)));
      assertEquals(numbers.group(2), HEX.formatHex(out.toByteArray()));
    }
    assertEquals(6, count);
    String[] cases = basic.substring(basic.indexOf("fingerprints")).split("\"name\"", -1);
    for (int i = 1; i <= 2; i++) {
      ItemSet set = new ItemSet(jsonItems(cases[i].substring(0, cases[i].indexOf("want"))));
      assertEquals(i, set.size());
      assertEquals(field(cases[i], "fingerprint"), HEX.formatHex(set.fingerprint(0, set.size())));
    }
  }

  @Test
  void shouldBeginAsPublishedAndAnswerAnUnknownVersionWithItsOwn() throws IOException {
    String basic = read("basic.json");
    int from = basic.indexOf("default_storage_items");
    String storage = basic.substring(from, basic.indexOf("initiate_default_storage_hex"));
    Negentropy side = side(jsonItems(storage));
    assertEquals(field(basic, "initiate_default_storage_hex"), HEX.formatHex(side.initiate()));
    byte[] request = HEX.parseHex(field(basic, "request_hex"));
    assertEquals(
        field(basic, "want_response_hex"), HEX.formatHex(side.answer(ByteBuffer.wrap(request))));
    assertThrows(XfException.class, () -> side.next(ByteBuffer.wrap(request), id -> {}, id -> {}));
  }

  @Test
  void shouldFindTheDifferenceOfThePublishedSets() throws IOException {
    List<Item> client = items(read("simpletest-client.txt"));
    List<Item> server = items(read("simpletest-server.txt"));
    assertEquals(
        field(read("two_rounds.json"), "client_initiate_hex"),
        HEX.formatHex(side(client).initiate()));
    assertDifference(client, server, 0);
  }

  @Test
  void shouldSpeakAsTheOtherImplementationsDid() throws IOException {
    String js = read("lang1-js-client.txt");
    String kotlin = read("lang1-kotlin-server.txt");
    Pattern message = Pattern.compile(",msg,([0-9a-f]+)");
    Matcher fromKotlin = message.matcher(kotlin);
    Matcher fromJs = message.matcher(js);
    Negentropy kotlinSide = side(items(kotlin));
    Negentropy jsSide = side(items(js));
    byte[] last = kotlinSide.initiate();
    assertTrue(fromKotlin.find());
    assertEquals(fromKotlin.group(1), HEX.formatHex(last));
    int answers = 0;
    while (fromJs.find()) {
      last = jsSide.answer(ByteBuffer.wrap(last));
      assertEquals(fromJs.group(1), HEX.formatHex(last));
      Optional<byte[]> next = kotlinSide.next(ByteBuffer.wrap(last), id -> {}, id -> {});
      assertEquals(fromKotlin.find(), next.isPresent());
      last = next.orElse(last);
      answers++;
    }
    assertTrue(answers > 0);
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 50, 0", "2, 5000, 10, 0", "3, 20000, 300, 4096", "4, 0, 3000, 8192"})
  void shouldFindEveryDifference(long seed, int common, int different, int limit) {
    Random random = new Random(seed);
    List<Item> ours = new ArrayList<>();
    List<Item> theirs = new ArrayList<>();
    for (int i = 0; i < common; i++) {
      Item item = item(random);
      ours.add(item);
      theirs.add(item);
    }
    for (int i = 0; i < different; i++) {
      (random.nextBoolean() ? ours : theirs).add(item(random));
    }
    assertDifference(ours, theirs, limit);
  }

  private static Item item(Random random) {
    byte[] id = new byte[32];
    random.nextBytes(id);
    return new Item(random.nextInt(1000), id);
  }

  private static void assertDifference(List<Item> ours, List<Item> theirs, int limit) {
    TreeSet<Item> onlyOurs = new TreeSet<>(ours);
    onlyOurs.removeAll(new TreeSet<>(theirs));
    TreeSet<Item> onlyTheirs = new TreeSet<>(theirs);
    onlyTheirs.removeAll(new TreeSet<>(ours));
    TreeSet<String> have = new TreeSet<>();
    TreeSet<String> need = new TreeSet<>();
    Negentropy initiator = new Negentropy(new ItemSet(ours), limit);
    Negentropy other = new Negentropy(new ItemSet(theirs), limit);
    Optional<byte[]> message = Optional.of(initiator.initiate());
    while (message.isPresent()) {
      byte[] answer = other.answer(ByteBuffer.wrap(message.get()));
      assertFalse(limit > 0 && answer.length > limit, "answer of " + answer.length);
      message =
          initiator.next(
              ByteBuffer.wrap(answer),
              id -> have.add(HEX.formatHex(id)),
              id -> need.add(HEX.formatHex(id)));
    }
    assertArrayEquals(ids(onlyOurs), have.toArray());
    assertArrayEquals(ids(onlyTheirs), need.toArray());
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 50", "2, 10000, 10", "3, 300, 300", "4, 100000, 3", "5, 5, 1"})
  void shouldTellBothSidesOfHeadsThatDifferInFewBytes(long seed, int common, int changed) {
    Random random = new Random(seed);
    List<Item> ours = new ArrayList<>();
    List<Item> theirs = new ArrayList<>();
    TreeSet<String> wanted = new TreeSet<>();
    for (int i = 0; i < common + changed; i++) {
      long place = random.nextInt(1 << 24);
      byte[] tag = new byte[6];
      random.nextBytes(tag);
      ours.add(head(place, tag, 100, random));
      theirs.add(i < common ? ours.get(i) : head(place, tag, 200 + i, random));
      if (i >= common) {
        wanted.add(HEX.formatHex(tag));
      }
    }
    Negentropy initiator = new Negentropy(new ItemSet(ours), Shape.HEADS, 60_000);
    Negentropy other = new Negentropy(new ItemSet(theirs), Shape.HEADS, 60_000);
    TreeSet<String> had = new TreeSet<>();
    TreeSet<String> needed = new TreeSet<>();
    int bytes = 0;
    int messages = 0;
    Optional<byte[]> message = Optional.of(initiator.initiate());
    while (message.isPresent()) {
      bytes += message.get().length;
      byte[] answer =
          other.answer(
              ByteBuffer.wrap(message.get()), e -> needed.add(tag(e)), e -> had.add(tag(e)));
      bytes += answer.length;
      messages += 2;
      message =
          initiator.next(ByteBuffer.wrap(answer), e -> had.add(tag(e)), e -> needed.add(tag(e)));
    }
    assertEquals(wanted, had);
    assertEquals(wanted, needed);
    if (common == 10_000) {
      assertEquals(4, messages);
      assertTrue(bytes <= 4_000, bytes + " bytes");
    }
  }

  private static String tag(byte[] entry) {
    return HEX.formatHex(entry, 0, 6);
  }

  private static Item head(long place, byte[] tag, int size, Random random) {
    byte[] id = new byte[32];
    random.nextBytes(id);
    Output entry = new Output();
    entry.put(tag);
    entry.number(size);
    entry.put(new byte[] {id[0], id[1], id[2], id[3]});
    return new Item(place, id, entry.toByteArray());
  }

  private static Object[] ids(Set<Item> items) {
    return items.stream().map(item -> HEX.formatHex(item.id())).sorted().toArray();
  }

  @Test
  void shouldRefuseDamagedMessagesWithATypedError() {
    Random random = new Random(7);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      items.add(item(random));
    }
    Negentropy side = side(items);
    byte[] good = side.initiate();
    for (int i = 0; i < 2_000; i++) {
      byte[] bad = good.clone();
      for (int k = 0; k <= i % 4; k++) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      ByteBuffer message = ByteBuffer.wrap(bad, 0, 1 + random.nextInt(bad.length));
      try {
        assertTrue(side.answer(message).length > 0);
      } catch (XfException expected) {
        assertFalse(expected.getMessage().isEmpty());
      }
    }
  }
}
