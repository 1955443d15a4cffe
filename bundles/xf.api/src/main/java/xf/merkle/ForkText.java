package xf.merkle;

import java.util.ArrayList;
import java.util.List;
import xf.event.Hash;

/** The text form of {@link ForkEvidence}. */
final class ForkText {
  private static final String WHAT = "fork evidence";
  private static final String HEADER = "XAER-FORK v1";
  private static final String RANGE = "range ";
  private static final int NOTE_LINES = 5;
  private static final int MAX_HASHES = 64;

  private ForkText() {}

  static StringBuilder head(ForkEvidence evidence, char type) {
    StringBuilder text = new StringBuilder(HEADER).append('\n');
    text.append(evidence.first().verifierKey().toText()).append('\n');
    text.append("type ").append(type).append('\n');
    for (Checkpoint checkpoint : List.of(evidence.first(), evidence.second())) {
      text.append(checkpoint.text()).append('\n');
      text.append(checkpoint.toNote().signatures().get(0).toLine());
    }
    return text;
  }

  static void append(StringBuilder text, ForkEvidence.Branch branch) {
    text.append(TextFormat.base64(branch.hash())).append('\n');
    for (Hash hash : branch.path()) {
      text.append(TextFormat.base64(hash)).append('\n');
    }
    text.append('\n');
  }

  static ForkEvidence parse(byte[] file) {
    TextFormat lines = new TextFormat(WHAT, TextFormat.decode(WHAT, file, ForkEvidence.MAX_BYTES));
    lines.literal(HEADER);
    VerifierKey key = VerifierKey.parse(lines.line("the log's verifier key"));
    String type = lines.field("type ");
    Checkpoint first = checkpoint(lines, key);
    Checkpoint second = checkpoint(lines, key);
    return switch (type) {
      case "A" -> new ForkEvidence.SameSize(first, second);
      case "B" -> diverging(lines, first, second);
      default -> throw TextFormat.bad("fork evidence of type " + type + ": expected A or B");
    };
  }

  private static Checkpoint checkpoint(TextFormat lines, VerifierKey key) {
    SignedNote note = SignedNote.parse(TextFormat.utf8(lines.lines(NOTE_LINES)));
    return Checkpoint.unverified(note, note.signatures().get(0), key);
  }

  private static ForkEvidence diverging(TextFormat lines, Checkpoint first, Checkpoint second) {
    String range = lines.field(RANGE);
    int space = range.indexOf(' ');
    if (space < 0) {
      throw lines.badLine("\"range START END\"");
    }
    long start = lines.number(range.substring(0, space), CompactRange.MAX_SIZE);
    long end = lines.number(range.substring(space + 1), CompactRange.MAX_SIZE);
    return new ForkEvidence.Diverging(first, second, start, end, branch(lines), branch(lines));
  }

  private static ForkEvidence.Branch branch(TextFormat lines) {
    Hash hash = lines.hash(lines.line("a hash"));
    List<Hash> path = new ArrayList<>();
    for (String line = lines.line("a hash or an empty line");
        !line.isEmpty();
        line = lines.line("a hash or an empty line")) {
      if (path.size() == MAX_HASHES) {
        throw lines.badLine("at most " + MAX_HASHES + " hashes");
      }
      path.add(lines.hash(line));
    }
    return new ForkEvidence.Branch(hash, path);
  }
}
