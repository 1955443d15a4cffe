package xf.shell.ingest;

import java.util.SplittableRandom;
import xf.event.XfException;

/** Says whether bytes are a line that an import takes. Used by one thread. */
public final class LineCheck {
  private final Block block = new Block();
  private final LineParser parser = new LineParser(new Fingerprint(new SplittableRandom(0)));

  /** Whether they are; an event with such a payload is exported as that line. */
  public boolean accepts(byte[] payload) {
    if (payload.length == 0 || payload[0] != '{' || payload.length > Block.MAX_LINE_BYTES) {
      return false;
    }
    block.clear();
    System.arraycopy(payload, 0, block.bytes, 0, payload.length);
    try {
      parser.parse(block, 0, payload.length);
      return true;
    } catch (XfException e) {
      return false;
    }
  }
}
