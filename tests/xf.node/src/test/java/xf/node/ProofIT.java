package xf.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import xf.event.XfException;
import xf.merkle.TlogProof;
import xf.merkle.TreeHasher;
import xf.merkle.VerifierKey;

/** A proof is believed as it was written, and in no other form. */
class ProofIT {
  private static final int BY_COMMAND = 24;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path folder;

  private final long seed = Long.getLong("xf.seed", System.nanoTime());

  @Test
  void shouldRefuseAProofOfWhichAnyByteIsChanged() throws IOException {
    Run run = new Run(folder);
    StringBuilder commands = new StringBuilder();
    for (int i = 0; i < 11; i++) {
      commands.append("xf:publish harbour boat ").append(i).append(";");
    }
    Path file = folder.resolve("proof");
    Run.Ended made = run.exec(commands + "xf:prove harbour 7 " + file).ok();
    String vkey = ImportIT.lastLine(made.out()).substring("key: ".length());
    Run elsewhere = new Run(folder.resolve("elsewhere"));
    assertTrue(
        elsewhere.exec("xf:verify " + file + " " + vkey).ok().out().startsWith("verified: "));

    byte[] proof = Files.readAllBytes(file);
    SplittableRandom random = new SplittableRandom(seed);
    VerifierKey key = VerifierKey.parse(vkey);
    TlogProof.parse(proof).verify(new TreeHasher(), key);
    for (int i = 0; i < proof.length; i++) {
      for (int bit = 0; bit < 8; bit++) {
        expectRefusal(flipped(proof, i, 1 << bit), key, "byte " + i + " bit " + bit);
      }
      expectRefusal(
          flipped(proof, i, 1 + random.nextInt(255)), key, "byte " + i + ", seed " + seed);
    }
    System.out.printf("proof of %d bytes: each bit of each refused, seed %d%n", proof.length, seed);
    refuseByCommand(elsewhere, proof, vkey, random);
  }

  private static byte[] flipped(byte[] proof, int place, int mask) {
    byte[] changed = proof.clone();
    changed[place] ^= (byte) mask;
    return changed;
  }

  private static void expectRefusal(byte[] changed, VerifierKey key, String where) {
    try {
      TlogProof.parse(changed).verify(new TreeHasher(), key);
    } catch (XfException e) {
      assertNotNull(e.getMessage(), where);
      assertFalse(e.getMessage().isBlank(), where);
      return;
    }
    fail(where + ": a changed proof was believed");
  }

  /** One node reads the commands; each refusal is one line. */
  private void refuseByCommand(Run run, byte[] proof, String vkey, SplittableRandom random)
      throws IOException {
    Run.Running node = run.start(java.util.List.of());
    for (int i = 0; i < BY_COMMAND; i++) {
      Path file = folder.resolve("changed-" + i);
      Files.write(file, flipped(proof, random.nextInt(proof.length), 1 << random.nextInt(8)));
      node.type("xf:verify " + file + " " + vkey);
    }
    node.closeInput();
    Run.Ended ended = node.await();
    assertEquals(1, ended.exit());
    assertEquals("", ended.out(), "seed " + seed);
    assertEquals(BY_COMMAND, ended.err().lines().count(), () -> "seed " + seed + "\n" + ended);
  }
}
