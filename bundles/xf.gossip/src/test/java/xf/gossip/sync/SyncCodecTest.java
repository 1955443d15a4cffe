package xf.gossip.sync;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.EventView;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.multiformats.Varint;

class SyncCodecTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final LogId LOG = LogId.of(filled(32, 0x11));
  private static final Hash HASH = Hash.of(filled(32, 0x22));

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static byte[] shortBytes(int value) {
    return filled(SyncCodec.SHORT_BYTES, value);
  }

  private static SyncMessage.Run run() {
    return new SyncMessage.Run(
        255,
        1,
        ByteBuffer.wrap(new byte[] {0, 5, 2, 1, 2}),
        List.of(new SyncMessage.Seal(1, filled(64, 0x33))));
  }

  private static Map<String, SyncMessage> samples() {
    Map<String, SyncMessage> all = new LinkedHashMap<>();
    all.put("open", new SyncMessage.Open(shortBytes(1), shortBytes(2), shortBytes(3)));
    all.put("accept", new SyncMessage.Accept(shortBytes(1), shortBytes(2), shortBytes(3)));
    List<SyncMessage.HeadEntry> entries = List.of(new SyncMessage.HeadEntry(LOG, 300, 0x0102L));
    for (SyncMessage.ListKind kind : SyncMessage.ListKind.values()) {
      byte[] reference = kind == SyncMessage.ListKind.SINCE ? shortBytes(5) : new byte[0];
      all.put("heads-" + kind, new SyncMessage.Heads(kind, reference, entries));
    }
    all.put("unknown-reference", new SyncMessage.UnknownReference());
    all.put("reconcile", new SyncMessage.Reconcile(ByteBuffer.wrap(new byte[] {0x61, 0, 0})));
    all.put(
        "need-ids",
        new SyncMessage.NeedIds(List.of(ByteBuffer.wrap(filled(SaltedHeads.TAG_BYTES, 6)))));
    all.put("want", new SyncMessage.Want(List.of(new SyncMessage.WantEntry(LOG, 7))));
    SyncMessage.ShortName name =
        new SyncMessage.ShortName(StreamClass.TOPIC, "äö", AuthorKey.of(filled(32, 0x44)), 1);
    all.put(
        "head", new SyncMessage.Head(LOG, Optional.of(name), 256, HASH, filled(64, 0x55), run()));
    all.put(
        "head-alone",
        new SyncMessage.Head(
            LOG, Optional.empty(), 256, HASH, filled(64, 0x55), SyncMessage.Run.NONE));
    all.put("get-events", new SyncMessage.GetEvents(LOG, 10, 20_000));
    all.put("events", new SyncMessage.Events(LOG, run()));
    all.put("unavailable", new SyncMessage.Unavailable(LOG, 10));
    all.put("get-nodes", new SyncMessage.GetNodes(LOG, 513, 1));
    ByteBuffer hash = ByteBuffer.wrap(HASH.toByteArray());
    all.put("nodes", new SyncMessage.Nodes(LOG, 513, 1, hash, hash));
    all.put("get-peaks", new SyncMessage.GetPeaks(LOG, 3));
    all.put("peaks", new SyncMessage.Peaks(LOG, 3, List.of(HASH, HASH)));
    all.put("get-consistency", new SyncMessage.GetConsistency(LOG, 3, 4));
    all.put("consistency", new SyncMessage.Consistency(LOG, 3, 4, List.of(HASH)));
    all.put("fork", new SyncMessage.Fork("XAER-FORK v1\n".getBytes(StandardCharsets.UTF_8)));
    all.put("check", new SyncMessage.Check(shortBytes(7), true));
    all.put("members", new SyncMessage.Members(List.of(new byte[] {1, 2, 3}, new byte[200])));
    all.put("get-sparse", new SyncMessage.GetSparse(LOG, true, List.of(1L, 299L)));
    all.put(
        "sparse",
        new SyncMessage.Sparse(
            LOG,
            300,
            Optional.of(new SyncMessage.Signed(HASH, filled(64, 0x66))),
            List.of(HASH, HASH),
            List.of(new SyncMessage.SparseEvent(run(), List.of(1)))));
    return all;
  }

  private static ByteBuffer body(SyncMessage message) {
    ByteBuffer frame = SyncCodec.encode(message);
    assertEquals(Varint.get(frame), frame.remaining());
    return frame.slice();
  }

  private static String hex(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.duplicate().get(copy);
    return HEX.formatHex(copy);
  }

  private static List<String> golden(int version) throws IOException {
    String name = "/golden/v" + version + "/sync-frames.txt";
    try (InputStream in = SyncCodecTest.class.getResourceAsStream(name)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return text.lines().toList();
    }
  }

  @Test
  void shouldWriteTheBytesItAlwaysWrote() throws IOException {
    List<String> lines =
        samples().entrySet().stream().map(e -> e.getKey() + " " + hex(body(e.getValue()))).toList();
    assertEquals(golden(SyncCodec.VERSION), lines);
  }

  /** Version 1 proved the dialling side's membership in a third frame. */
  @Test
  void shouldRefuseTheFirstWordOfVersion1AndReadAllElseOfIt() throws IOException {
    for (String line : golden(1)) {
      String[] words = line.split(" ", -1);
      ByteBuffer body = ByteBuffer.wrap(HEX.parseHex(words[1]));
      if (List.of("open", "prove").contains(words[0])) {
        XfException refused = assertThrows(XfException.class, () -> SyncCodec.decode(body));
        assertEquals(ErrorCode.BAD_FORMAT, refused.code(), line);
      } else {
        assertEquals(words[1], hex(body(SyncCodec.decode(body))), words[0]);
      }
    }
  }

  @Test
  void shouldReadWhatItWrites() {
    samples()
        .forEach(
            (name, message) ->
                assertEquals(hex(body(message)), hex(body(SyncCodec.decode(body(message)))), name));
  }

  @Test
  void shouldRefuseEveryTruncationAndEveryByteTooMany() {
    samples()
        .forEach(
            (name, message) -> {
              ByteBuffer good = body(message);
              boolean openEnded = List.of("reconcile", "nodes", "fork").contains(name);
              for (int length = 0; length < good.remaining() && !openEnded; length++) {
                ByteBuffer cut = good.slice(0, length);
                assertThrows(XfException.class, () -> SyncCodec.decode(cut), name + " " + length);
              }
              if (!openEnded) {
                ByteBuffer more = ByteBuffer.allocate(good.remaining() + 1).put(good).rewind();
                assertThrows(XfException.class, () -> SyncCodec.decode(more), name);
              }
            });
  }

  @Property(tries = 3_000)
  void shouldGiveATypedErrorOrAMessageForAnyBytes(
      @ForAll @IntRange(min = 0, max = 24) int type, @ForAll @Size(max = 300) byte[] bytes) {
    byte[] frame = new byte[bytes.length + 1];
    frame[0] = (byte) type;
    System.arraycopy(bytes, 0, frame, 1, bytes.length);
    try {
      SyncCodec.encode(SyncCodec.decode(ByteBuffer.wrap(frame)));
    } catch (XfException expected) {
      assertFalse(expected.getMessage().isEmpty());
    }
  }

  @Test
  void shouldRefuseAFrameThatIsTooLongBeforeReadingIt() {
    ByteBuffer frame = ByteBuffer.allocate(SyncCodec.MAX_FRAME_BYTES + 1);
    XfException refused = assertThrows(XfException.class, () -> SyncCodec.decode(frame));
    assertEquals(ErrorCode.TOO_LARGE, refused.code());
  }

  @Property(tries = 1_000)
  void shouldUnpackWhatItPackedAndNothingElse(
      @ForAll @IntRange(min = 0, max = 65_535) int eventType,
      @ForAll @IntRange(min = 0, max = 3) int dependencies,
      @ForAll @Size(max = 200) byte[] payload,
      @ForAll @Size(min = 1, max = 60) byte[] noise) {
    byte[] event = event(eventType, dependencies, payload);
    ByteBuffer buffer = ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN);
    EventView view = new EventView().wrapChecked(buffer, 0, event.length);
    ByteBuffer packed = ByteBuffer.allocate(EventPacker.bound(view));
    EventPacker.pack(view, 0, packed);
    EventRun run = new EventRun(StreamClass.TOPIC, 42);
    run.unpack(packed.flip(), 1);
    assertEquals(HEX.formatHex(event), HEX.formatHex(run.copy(0)));
    try {
      new EventRun(StreamClass.TOPIC, 0).unpack(ByteBuffer.wrap(noise), 2);
    } catch (XfException expected) {
      assertFalse(expected.getMessage().isEmpty());
    }
  }

  private static byte[] event(int type, int dependencies, byte[] payload) {
    int length = 32 + 40 * dependencies + payload.length;
    ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    out.put(0, (byte) 1).put(1, (byte) 0x10).putShort(2, (short) type);
    out.putInt(4, payload.length).putLong(8, 42).putLong(16, 0x1234_5678_9ABCL);
    out.putShort(24, (short) 0x8001).putShort(26, (short) dependencies);
    out.put(32 + 40 * dependencies, payload);
    return out.array();
  }
}
