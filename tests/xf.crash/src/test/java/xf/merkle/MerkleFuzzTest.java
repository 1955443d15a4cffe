package xf.merkle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import xf.crash.Fuzz;
import xf.event.AuthorKey;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.Signer;

/** Everything of the tree that comes from a file or a peer. */
class MerkleFuzzTest {
  private static final LogId LOG = LogId.ofHex("0123456789abcdef".repeat(4));
  private static final TreeHasher HASHER = new TreeHasher();
  private static final int SIZE = 300;
  private static final int LEAF = 21;

  /** A key that is the same in every run. */
  private static final class FixedKey implements Signer {
    private final byte[] seed = new byte[Ed25519.SECRET_KEY_SIZE];

    @Override
    public AuthorKey author() {
      byte[] key = new byte[Ed25519.PUBLIC_KEY_SIZE];
      Ed25519.generatePublicKey(seed, 0, key, 0);
      return AuthorKey.of(key);
    }

    @Override
    public byte[] sign(byte[] message) {
      byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
      Ed25519.sign(seed, 0, message, 0, message.length, signature, 0);
      return signature;
    }
  }

  private final Signer signer = new FixedKey();
  private final List<Hash> leaves = new ArrayList<>();
  private final byte[] page = new byte[PageDescriptor.PAGE_BYTES];
  private final CRC32C crc = new CRC32C();

  MerkleFuzzTest() {
    OpenPage open = new OpenPage(1);
    for (int i = 0; i < SIZE; i++) {
      byte[] event = event(i);
      Hash leaf = HASHER.leaf(event);
      leaves.add(leaf);
      if (!open.isFull()) {
        open.addEvent(HASHER, leaf.toByteArray(), 0, 8L * (i + 1), (i + 1L) << 16);
      }
    }
    ByteBuffer sealed = le(new byte[PageDescriptor.PAGE_BYTES]);
    new PageBuilder().seal(open, PageDescriptor.logTag(LOG), sealed, 0);
    sealed.get(0, page);
  }

  private static byte[] event(int i) {
    return ByteBuffer.allocate(8).putInt(i).array();
  }

  private void read(int level, long index, byte[] out, int offset) {
    range(index << level, (index + 1) << level).copyTo(out, offset);
  }

  private Hash range(long start, long end) {
    if (end - start == 1) {
      return leaves.get((int) start);
    }
    long split = Long.highestOneBit(end - start - 1);
    return HASHER.node(range(start, start + split), range(start + split, end));
  }

  private Checkpoint checkpoint(int size) {
    return Checkpoint.sign(signer, LOG, new TreeHead(size, range(0, size)));
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

  private static byte[] hashes(List<Hash> path) {
    ByteBuffer bytes = ByteBuffer.allocate(path.size() * Hash.LENGTH_BYTES);
    path.forEach(hash -> bytes.put(hash.toByteArray()));
    return bytes.array();
  }

  private static List<Hash> path(byte[] bytes, int from) {
    List<Hash> path = new ArrayList<>();
    for (int at = from; at + Hash.LENGTH_BYTES <= bytes.length; at += Hash.LENGTH_BYTES) {
      path.add(Hash.of(Arrays.copyOfRange(bytes, at, at + Hash.LENGTH_BYTES)));
    }
    return path;
  }

  private static byte[] numbered(long first, long second, List<Hash> path) {
    byte[] hashes = hashes(path);
    return ByteBuffer.allocate(16 + hashes.length)
        .putLong(first)
        .putLong(second)
        .put(hashes)
        .array();
  }

  private static long number(byte[] bytes, int i) {
    return bytes.length < 8 * (i + 1) ? -1 : ByteBuffer.wrap(bytes).getLong(8 * i);
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatIsNoPage() {
    PageView view = new PageView();
    long tag = PageDescriptor.logTag(LOG);
    return Stream.of(
        Fuzz.of("page", page, b -> view.wrap(le(b), 0).check(1, 0, tag).verifyNodes(HASHER)),
        Fuzz.of(
            "page under a good CRC",
            page,
            b -> {
              ByteBuffer bytes = le(Arrays.copyOf(b, PageDescriptor.PAGE_BYTES));
              bytes.putInt(PageDescriptor.CRC_OFFSET, PageBuilder.crc(crc, bytes, 0));
              view.wrap(bytes, 0).check(1, 0, tag).verifyNodes(HASHER);
              view.seek(number(b, 2));
              OpenPage unused = OpenPage.after(view, HASHER);
            }));
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatIsNoNoteOrCheckpoint() {
    Checkpoint checkpoint = checkpoint(SIZE);
    VerifierKey key = checkpoint.verifierKey();
    byte[] wire = new byte[136];
    checkpoint.encode(le(wire), 0);
    return Stream.of(
        Fuzz.of("signed note", checkpoint.toNote().toBytes(), b -> SignedNote.parse(b)),
        Fuzz.of("checkpoint", checkpoint.toNote().toBytes(), b -> Checkpoint.parse(b, key)),
        Fuzz.of("checkpoint text", utf8(checkpoint.text()), b -> CheckpointText.parse(text(b))),
        Fuzz.of(
            "checkpoint on the wire",
            wire,
            b -> Checkpoint.decode(le(Arrays.copyOf(b, 136)), 0, signer.author()).verify()),
        Fuzz.of("verifier key", utf8(key.toText()), b -> VerifierKey.parse(text(b))),
        Fuzz.of("origin", utf8(Checkpoint.origin(LOG)), b -> Checkpoint.logOf(text(b))));
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatProvesNothing() {
    Checkpoint checkpoint = checkpoint(SIZE);
    VerifierKey key = checkpoint.verifierKey();
    TreeHead head = checkpoint.head();
    List<Hash> inclusion = ProofPlan.inclusion(LEAF, SIZE).build(this::read, HASHER);
    List<Hash> consistency = ProofPlan.consistency(256, SIZE).build(this::read, HASHER);
    List<Hash> subtree = ProofPlan.subtree(0, 256, SIZE).build(this::read, HASHER);
    TreeHead old = new TreeHead(256, range(0, 256));
    TlogProof proof =
        TlogProof.of(event(LEAF), new InclusionProof(LEAF, SIZE, inclusion), checkpoint);
    ForkEvidence fork =
        ForkEvidence.of(
            checkpoint, Checkpoint.sign(signer, LOG, new TreeHead(SIZE, range(0, 256))));
    ForkEvidence diverging =
        new ForkEvidence.Diverging(
            Checkpoint.sign(signer, LOG, new TreeHead(LEAF + 1, other(LEAF))),
            checkpoint,
            LEAF,
            LEAF + 1,
            new ForkEvidence.Branch(leaves.get(0), otherPath(LEAF)),
            new ForkEvidence.Branch(leaves.get(LEAF), inclusion));
    return Stream.of(
        Fuzz.of(
            "inclusion proof",
            numbered(LEAF, SIZE, inclusion),
            b ->
                new InclusionProof(number(b, 0), number(b, 1), path(b, 16))
                    .verify(HASHER, leaves.get(LEAF), head)),
        Fuzz.of(
            "consistency proof",
            numbered(256, SIZE, consistency),
            b ->
                new ConsistencyProof(number(b, 0), number(b, 1), path(b, 16))
                    .verify(HASHER, old, head)),
        Fuzz.of(
            "subtree proof",
            numbered(0, 256, subtree),
            b ->
                new SubtreeProof(number(b, 0), number(b, 1), SIZE, path(b, 16))
                    .verify(HASHER, old.root(), head)),
        Fuzz.of("tlog proof", proof.toBytes(), b -> TlogProof.parse(b).verify(HASHER, key)),
        Fuzz.of("fork, two roots", fork.toBytes(), b -> ForkEvidence.parse(b).verify(HASHER)),
        Fuzz.of(
            "fork, two histories", diverging.toBytes(), b -> ForkEvidence.parse(b).verify(HASHER)));
  }

  /** The root of a history that has the first leaf once more where ours has {@code last}. */
  private Hash other(int last) {
    return root(otherLeaves(last));
  }

  private List<Hash> otherLeaves(int last) {
    List<Hash> other = new ArrayList<>(leaves.subList(0, last));
    other.add(leaves.get(0));
    return other;
  }

  private static Hash root(List<Hash> leaves) {
    if (leaves.size() == 1) {
      return leaves.get(0);
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    return HASHER.node(root(leaves.subList(0, split)), root(leaves.subList(split, leaves.size())));
  }

  private List<Hash> otherPath(int last) {
    List<Hash> other = otherLeaves(last);
    return ProofPlan.inclusion(last, last + 1)
        .build(
            (level, index, out, offset) ->
                root(other.subList((int) (index << level), (int) ((index + 1) << level)))
                    .copyTo(out, offset),
            HASHER);
  }

  @TestFactory
  Stream<DynamicTest> shouldRefuseWithATypedErrorWhatIsNoTile() {
    return Stream.of(
        Fuzz.of("tile path", utf8("tile/0/x001/067.p/12"), b -> Tile.parse(text(b))),
        Fuzz.of(
            "tile path with a height",
            utf8("tile/3/5/x123/x456/078.p/2"),
            b -> Tile.parseWithHeight(text(b))));
  }
}
