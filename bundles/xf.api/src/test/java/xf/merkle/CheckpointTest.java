package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.XfException;

class CheckpointTest {
  private static final LogId LOG = LogId.ofHex("0123456789abcdef".repeat(4));
  private static final TestSigner SIGNER = TestSigner.of(1);
  private static final TreeHead HEAD = new TreeHead(256, Hash.ofHex("ab".repeat(32)));

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  @Test
  void shouldBeANoteOfOriginSizeAndRoot() {
    Checkpoint checkpoint = Checkpoint.sign(SIGNER, LOG, HEAD);
    String note = text(checkpoint.toNote().toBytes());
    String origin = "xf/ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8";
    assertTrue(
        note.startsWith(
            origin + "\n256\nq6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n\n\u2014 " + origin));
    assertEquals(LOG, Checkpoint.logOf(origin));
    assertEquals(checkpoint, Checkpoint.parse(utf8(note), checkpoint.verifierKey()));
    checkpoint.verify();
  }

  @Test
  void shouldGoOverTheWireIn136Bytes() {
    Checkpoint checkpoint = Checkpoint.sign(SIGNER, LOG, HEAD);
    ByteBuffer wire = ByteBuffer.allocate(140).order(ByteOrder.LITTLE_ENDIAN);
    checkpoint.encode(wire, 4);
    assertEquals(256, wire.getLong(36));
    Checkpoint decoded = Checkpoint.decode(wire, 4, SIGNER.author());
    assertEquals(checkpoint, decoded);
    decoded.verify();
    wire.putLong(36, -1);
    assertCode(ErrorCode.BAD_FORMAT, () -> Checkpoint.decode(wire, 4, SIGNER.author()));
    wire.putLong(36, CompactRange.MAX_SIZE + 1);
    assertCode(ErrorCode.BAD_FORMAT, () -> Checkpoint.decode(wire, 4, SIGNER.author()));
    assertCode(ErrorCode.BAD_FORMAT, () -> Checkpoint.decode(wire, 5, SIGNER.author()));
  }

  @Test
  void shouldRefuseEveryBitFlippedOnTheWire() {
    ByteBuffer wire = ByteBuffer.allocate(136).order(ByteOrder.LITTLE_ENDIAN);
    Checkpoint.sign(SIGNER, LOG, HEAD).encode(wire, 0);
    for (int bit = 0; bit < 8 * 136; bit++) {
      byte good = wire.get(bit / 8);
      wire.put(bit / 8, (byte) (good ^ (1 << (bit & 7))));
      assertThrows(
          XfException.class,
          () -> Checkpoint.decode(wire, 0, SIGNER.author()).verify(),
          "bit " + bit);
      wire.put(bit / 8, good);
    }
  }

  @Test
  void shouldRefuseEveryByteChangedInTheNote() {
    Checkpoint checkpoint = Checkpoint.sign(SIGNER, LOG, HEAD);
    byte[] note = checkpoint.toNote().toBytes();
    VerifierKey key = checkpoint.verifierKey();
    for (int i = 0; i < note.length; i++) {
      byte good = note[i];
      for (int flip : new int[] {1, 2, 0x20, 0x80}) {
        note[i] = (byte) (good ^ flip);
        assertThrows(XfException.class, () -> Checkpoint.parse(note, key), "byte " + i);
      }
      note[i] = good;
    }
  }

  @Test
  void shouldRefuseAnotherAuthorOrLog() {
    byte[] note = Checkpoint.sign(SIGNER, LOG, HEAD).toNote().toBytes();
    VerifierKey otherAuthor = Checkpoint.verifierKey(LOG, TestSigner.of(2).author());
    assertCode(ErrorCode.NOT_VERIFIED, () -> Checkpoint.parse(note, otherAuthor));
    LogId other = LogId.ofHex("cd".repeat(32));
    VerifierKey otherLog = Checkpoint.verifierKey(other, SIGNER.author());
    assertCode(ErrorCode.NOT_VERIFIED, () -> Checkpoint.parse(note, otherLog));
    // The right key over a checkpoint of another log: the note is good, the origin is not.
    SignedNote foreign =
        SignedNote.sign(
            Checkpoint.sign(SIGNER, other, HEAD).text(), Checkpoint.origin(LOG), SIGNER);
    VerifierKey key = Checkpoint.verifierKey(LOG, SIGNER.author());
    assertCode(ErrorCode.NOT_VERIFIED, () -> Checkpoint.of(foreign, key));
  }

  @Test
  void shouldRefuseASizeOfNothingWithARootOfSomething() {
    Checkpoint empty = Checkpoint.sign(SIGNER, LOG, new TreeHead(0, TreeHasher.EMPTY_ROOT));
    empty.verify();
    Checkpoint lie = Checkpoint.sign(SIGNER, LOG, new TreeHead(0, HEAD.root()));
    assertCode(ErrorCode.NOT_VERIFIED, lie::verify);
  }

  @Test
  void shouldKeepAndIgnoreSignaturesOfOthers() {
    Checkpoint checkpoint = Checkpoint.sign(SIGNER, LOG, HEAD);
    List<NoteSignature> lines = new ArrayList<>();
    for (int i = 2; i < 17; i++) {
      SignedNote by = SignedNote.sign(checkpoint.text(), "witness" + i, TestSigner.of(i));
      lines.addAll(by.signatures());
    }
    lines.add(checkpoint.toNote().signatures().get(0));
    SignedNote note = SignedNote.parse(new SignedNote(checkpoint.text(), lines).toBytes());
    assertEquals(16, note.signatures().size());
    assertEquals(checkpoint, Checkpoint.of(note, checkpoint.verifierKey()));
    assertEquals(15, note.verify(List.of(checkpoint.verifierKey())).unknown().size());
    lines.add(lines.get(0));
    assertCode(ErrorCode.BAD_FORMAT, () -> new SignedNote(checkpoint.text(), lines));
    String many = text(note.toBytes()) + "\u2014 a AAAAAAA=\n";
    assertCode(ErrorCode.BAD_FORMAT, () -> SignedNote.parse(utf8(many)));
  }

  @Test
  void shouldRefuseNotesBeyondTheFormat() {
    String good = text(Checkpoint.sign(SIGNER, LOG, HEAD).toNote().toBytes());
    List<String> bad =
        List.of(
            "",
            "\n",
            "\n\n",
            "text\n\n",
            good.substring(0, good.length() - 1),
            good + "\n",
            good + "line\n",
            "\u0001" + good,
            good.replace("\n256", "\r\n256"),
            good.replace("\u2014 xf/", "\u2014  xf/"),
            good.replace("\u2014 xf/", "\u2014 x\u00a0f/"),
            good.replace("\u2014 xf/", "\u2014 x\u0085f/"),
            good.replace("\u2014 xf/", "\u2014 x+f/"),
            good.replace("=\n\n", "=\n"),
            "text\n\n\u2014 name AAAAAA==\n",
            "text\n\n\u2014 name AAAAAAB=\n",
            "text\n\n\u2014 name\n");
    for (String note : bad) {
      assertCode(ErrorCode.BAD_FORMAT, () -> SignedNote.parse(utf8(note)));
    }
    byte[] notUtf8 = utf8(good);
    notUtf8[0] = (byte) 0xFF;
    assertCode(ErrorCode.BAD_FORMAT, () -> SignedNote.parse(notUtf8));
    byte[] long4K = utf8("x".repeat(SignedNote.MAX_BYTES) + good);
    assertCode(ErrorCode.TOO_LARGE, () -> SignedNote.parse(long4K));
  }

  @Test
  void shouldRefuseCheckpointTextsBeyondTheFormat() {
    String root = "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=\n";
    assertEquals(7, CheckpointText.parse("a\n7\n" + root).head().size());
    assertEquals(List.of("x"), CheckpointText.parse("a\n7\n" + root + "x\n").extensions());
    List<String> bad =
        List.of(
            "",
            "\n7\n" + root,
            "a\n07\n" + root,
            "a\n+7\n" + root,
            "a\n-7\n" + root,
            "a\n\n" + root,
            "a\n0x7\n" + root,
            "a\n\u0667\n" + root,
            "a\n9223372036854775808\n" + root,
            "a\n99999999999999999999\n" + root,
            "a\n7\nq6s=\n",
            "a\n7\n" + root.replace("s=", "t="),
            "a\n7\n" + root.replace("=", ""),
            "a\n7\n" + root + "\n",
            "a\n7\n" + root.trim());
    for (String text : bad) {
      assertCode(ErrorCode.BAD_FORMAT, () -> CheckpointText.parse(text));
    }
  }

  @Test
  void shouldRefuseVerifierKeysBeyondTheFormat() {
    String good = Checkpoint.verifierKey(LOG, SIGNER.author()).toText();
    assertEquals(good, VerifierKey.parse(good).toText());
    List<String> bad =
        List.of(
            "",
            "+",
            "++",
            "name",
            good.substring(1),
            good.substring(0, good.length() - 1),
            good + "=",
            " " + good,
            good.replaceFirst("\\+([0-9a-f]+)\\+", "+00000000+"),
            "x".repeat(2000) + good,
            "name+00000000+",
            "name+00000000+AAAA");
    for (String text : bad) {
      assertCode(ErrorCode.BAD_FORMAT, () -> VerifierKey.parse(text));
    }
  }

  @Test
  void shouldRefuseOriginsThatAreNotOurs() {
    String good = Checkpoint.origin(LOG);
    for (String bad :
        List.of("", "xf/", good + "A", good + "=", "xg" + good, good + "/x", "xf/*")) {
      assertCode(ErrorCode.BAD_FORMAT, () -> Checkpoint.logOf(bad));
    }
    // 43 characters carry 258 bits: the last two must be zero.
    assertCode(
        ErrorCode.BAD_FORMAT, () -> Checkpoint.logOf(good.substring(0, good.length() - 1) + "9"));
  }

  private static void assertCode(ErrorCode code, Runnable call) {
    XfException e = assertThrows(XfException.class, call::run);
    assertEquals(code, e.code(), e.getMessage());
  }
}
