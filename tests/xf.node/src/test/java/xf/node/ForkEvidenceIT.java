package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import xf.event.AuthorKey;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.Signer;
import xf.merkle.Checkpoint;
import xf.merkle.ForkEvidence;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/** Evidence of a fork is believed by any node as it was written, and in no other form. */
class ForkEvidenceIT {
  private static final int BY_COMMAND = 16;
  private static final LogId LOG = LogId.ofHex("5a".repeat(32));

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private final long seed = Long.getLong("xf.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);
  private final TreeHasher hasher = new TreeHasher();
  private final Signer author = new Author();

  /** An author who signs whatever is put before it. */
  private final class Author implements Signer {
    private final byte[] key = new byte[Ed25519.SECRET_KEY_SIZE];

    Author() {
      for (int i = 0; i < key.length; i++) {
        key[i] = (byte) random.nextInt();
      }
    }

    @Override
    public AuthorKey author() {
      byte[] made = new byte[Ed25519.PUBLIC_KEY_SIZE];
      Ed25519.generatePublicKey(key, 0, made, 0);
      return AuthorKey.of(made);
    }

    @Override
    public byte[] sign(byte[] message) {
      byte[] signature = new byte[Ed25519.SIGNATURE_SIZE];
      Ed25519.sign(key, 0, message, 0, message.length, signature, 0);
      return signature;
    }
  }

  private Hash leaf(String event) {
    return hasher.leaf(event.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private Checkpoint signed(long size, Hash root) {
    return Checkpoint.sign(author, LOG, new TreeHead(size, root));
  }

  private ForkEvidence typeA() {
    return ForkEvidence.of(signed(1, leaf("left")), signed(1, leaf("right")));
  }

  /** Trees of two and of three leaves, whose first ones differ. */
  private ForkEvidence typeB() {
    Hash left = leaf("left");
    Hash right = leaf("right");
    Hash same = leaf("same");
    Hash third = leaf("third");
    Hash two = hasher.node(left, same);
    Hash three = hasher.node(hasher.node(right, same), third);
    return new ForkEvidence.Diverging(
        signed(2, two),
        signed(3, three),
        0,
        1,
        new ForkEvidence.Branch(left, List.of(same)),
        new ForkEvidence.Branch(right, List.of(same, third)));
  }

  @Test
  void shouldVerifyEvidenceOfBothTypesAndRefuseItChanged() throws IOException {
    Run run = new Run(folder);
    Run.Running node = run.start(List.of());
    int refusals = 0;
    for (ForkEvidence evidence : List.of(typeA(), typeB())) {
      byte[] bytes = evidence.toBytes();
      Path file = Files.write(folder.resolve(evidence.getClass().getSimpleName()), bytes);
      String vkey = evidence.first().verifierKey().toText();
      node.type("xf:verify " + file);
      node.type("xf:verify " + file + " " + vkey);
      for (int i = 0; i < BY_COMMAND; i++) {
        byte[] changed = bytes.clone();
        changed[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        Path other = Files.write(folder.resolve("changed-" + refusals++), changed);
        node.type("xf:verify " + other + " " + vkey);
      }
    }
    node.closeInput();
    Run.Ended ended = node.await();
    assertEquals(1, ended.exit());
    List<String> proved = ended.out().lines().toList();
    assertEquals(4, proved.size(), () -> "seed " + seed + "\n" + ended);
    proved.forEach(line -> assertTrue(line.startsWith("fork proved: "), line));
    assertEquals(refusals, ended.err().lines().count(), () -> "seed " + seed + "\n" + ended);
  }
}
