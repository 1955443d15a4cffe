package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import xf.event.LogId;
import xf.event.XfException;

/** Whatever bytes come in, what reads them throws nothing but its typed error. */
class DecoderTest {
  private static final LogId LOG = LogId.ofHex("0123456789abcdef".repeat(4));
  private static final TestSigner SIGNER = TestSigner.of(1);
  private static final NaiveTree TREE = NaiveTree.ofLeaves(40);
  private static final TreeHasher HASHER = new TreeHasher();

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Decoder(byte[] good, Consumer<byte[]> read) {}

  private static final List<Decoder> DECODERS = decoders();

  private static List<Decoder> decoders() {
    Checkpoint checkpoint = Checkpoint.sign(SIGNER, LOG, new TreeHead(37, TREE.root(37)));
    VerifierKey key = checkpoint.verifierKey();
    InclusionProof path = new InclusionProof(21, 37, TREE.path(21, 0, 37));
    TlogProof proof = TlogProof.of(NaiveTree.event(21), path, checkpoint);
    TreeHead other = new TreeHead(37, TREE.root(36));
    ForkEvidence fork = ForkEvidence.of(checkpoint, Checkpoint.sign(SIGNER, LOG, other));
    ByteBuffer wire = ByteBuffer.allocate(136).order(ByteOrder.LITTLE_ENDIAN);
    checkpoint.encode(wire, 0);
    byte[] page = new byte[PageDescriptor.PAGE_BYTES];
    new Pages().addEvents(256).run.get(0).get(0, page);
    return List.of(
        new Decoder(checkpoint.toNote().toBytes(), b -> Checkpoint.parse(b, key)),
        new Decoder(utf8(checkpoint.text()), b -> CheckpointText.parse(text(b))),
        new Decoder(proof.toBytes(), b -> TlogProof.parse(b).verify(HASHER, key)),
        new Decoder(fork.toBytes(), b -> ForkEvidence.parse(b).verify(HASHER)),
        new Decoder(utf8(key.toText()), b -> VerifierKey.parse(text(b))),
        new Decoder(utf8("tile/0/x001/067.p/12"), b -> Tile.parse(text(b))),
        new Decoder(utf8("tile/3/5/x123/x456/078.p/2"), b -> Tile.parseWithHeight(text(b))),
        new Decoder(utf8(Checkpoint.origin(LOG)), b -> Checkpoint.logOf(text(b))),
        new Decoder(wireOf(wire), b -> Checkpoint.decode(le(b), 0, SIGNER.author()).verify()),
        new Decoder(
            page, b -> new PageView().wrap(le(b), 0).check(1, 0, Pages.TAG).verifyNodes(HASHER)));
  }

  private static byte[] wireOf(ByteBuffer wire) {
    byte[] bytes = new byte[wire.capacity()];
    wire.get(0, bytes);
    return bytes;
  }

  private static ByteBuffer le(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  @Property(tries = 300)
  void shouldThrowNothingButTypedErrorsForAnyBytes(@ForAll long seed) {
    for (Decoder decoder : DECODERS) {
      decoder.read.accept(decoder.good.clone());
      byte[] bytes = damage(decoder.good, new Random(seed));
      if (!Arrays.equals(bytes, decoder.good)) {
        readAnything(decoder, bytes);
      }
    }
  }

  private static void readAnything(Decoder decoder, byte[] bytes) {
    try {
      decoder.read.accept(bytes);
    } catch (XfException e) {
      assertTrue(!e.getMessage().isEmpty());
    }
  }

  /** A few bytes changed, a piece cut out or doubled, or nothing but noise. */
  private static byte[] damage(byte[] good, Random random) {
    byte[] bytes = good.clone();
    int from = random.nextInt(bytes.length);
    int to = from + random.nextInt(bytes.length - from + 1);
    switch (random.nextInt(5)) {
      case 0 -> random.nextBytes(bytes);
      case 1 -> bytes = Arrays.copyOf(good, from);
      case 2 -> bytes = splice(good, to, from);
      case 3 -> bytes = splice(good, from, to);
      default -> {
        for (int i = 0; i <= random.nextInt(4); i++) {
          bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
      }
    }
    return bytes;
  }

  /** The start up to {@code headEnd}, then the rest from {@code tailStart} on. */
  private static byte[] splice(byte[] good, int headEnd, int tailStart) {
    byte[] bytes = Arrays.copyOf(good, headEnd + good.length - tailStart);
    System.arraycopy(good, tailStart, bytes, headEnd, good.length - tailStart);
    return bytes;
  }
}
