package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.LogId;
import xf.event.XfException;

class TlogProofTest {
  private static final LogId LOG = LogId.ofHex("0123456789abcdef".repeat(4));
  private static final TestSigner SIGNER = TestSigner.of(1);
  private static final int SIZE = 37;
  private static final NaiveTree TREE = NaiveTree.ofLeaves(SIZE);
  private final TreeHasher hasher = new TreeHasher();
  private final Checkpoint checkpoint =
      Checkpoint.sign(SIGNER, LOG, new TreeHead(SIZE, TREE.root(SIZE)));

  private TlogProof proof(int index) {
    InclusionProof proof = new InclusionProof(index, SIZE, TREE.path(index, 0, SIZE));
    return TlogProof.of(NaiveTree.event(index), proof, checkpoint);
  }

  @Test
  void shouldVerifyEveryEventWithTheFileAndTheKeyAlone() {
    VerifierKey key = VerifierKey.parse(checkpoint.verifierKey().toText());
    for (int i = 0; i < SIZE; i++) {
      TlogProof proof = TlogProof.parse(proof(i).toBytes());
      assertEquals(proof(i), proof);
      assertEquals(checkpoint, proof.verify(hasher, key));
      assertEquals(SIZE, proof.verify(hasher, key, TREE.leaf(i)).head().size());
    }
  }

  @Test
  void shouldRefuseEveryByteChangedInTheFile() {
    byte[] file = proof(21).toBytes();
    VerifierKey key = checkpoint.verifierKey();
    for (int i = 0; i < file.length; i++) {
      byte good = file[i];
      for (int flip = 1; flip < 256; flip <<= 1) {
        file[i] = (byte) (good ^ flip);
        XfException e =
            assertThrows(
                XfException.class,
                () -> TlogProof.parse(file).verify(hasher, key),
                "byte " + i + " flipped by " + flip);
        assertFalse(e.getMessage().isEmpty());
      }
      file[i] = good;
    }
  }

  @Test
  void shouldRefuseTheFileCutShortOrWithBytesAdded() {
    byte[] file = proof(21).toBytes();
    VerifierKey key = checkpoint.verifierKey();
    String text = new String(file, StandardCharsets.UTF_8);
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThrows(XfException.class, () -> TlogProof.parse(cut).verify(hasher, key));
    }
    for (String bad :
        List.of(
            text + "\n",
            text + " ",
            "\n" + text,
            text.replace("index 21", "index 021"),
            text.replace("extra ", "extra  "),
            text.replaceFirst("extra .*\n", "extra \n"),
            text.replaceFirst("extra .*\n", ""))) {
      byte[] bytes = bad.getBytes(StandardCharsets.UTF_8);
      assertThrows(XfException.class, () -> TlogProof.parse(bytes).verify(hasher, key));
    }
  }

  @Test
  void shouldRefuseAnotherEventsBytes() {
    InclusionProof path = new InclusionProof(3, SIZE, TREE.path(3, 0, SIZE));
    TlogProof lie = TlogProof.of(NaiveTree.event(4), path, checkpoint);
    XfException e =
        assertThrows(XfException.class, () -> lie.verify(hasher, checkpoint.verifierKey()));
    assertEquals(ErrorCode.NOT_VERIFIED, e.code());
  }
}
