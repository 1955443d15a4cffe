package xf.shell;

import com.google.zxing.WriterException;
import com.google.zxing.qrcode.decoder.ErrorCorrectionLevel;
import com.google.zxing.qrcode.encoder.ByteMatrix;
import com.google.zxing.qrcode.encoder.Encoder;
import java.util.ArrayList;
import java.util.List;
import xf.event.ErrorCode;
import xf.event.XfException;
import xf.gossip.Invitation;

/**
 * A QR code in lines of text: a character is one module wide and two high, and is drawn without
 * colours, so that any terminal with Unicode shows it. What is light in the code is drawn, on a
 * dark background; on a light one what is dark is.
 */
final class QrText {
  /** Light modules around the code (ISO/IEC 18004 section 9.1). */
  private static final int QUIET_MODULES = 4;

  /** What a terminal of usual width shows in a line. */
  private static final int MAX_COLUMNS = 80;

  private QrText() {}

  /** An invitation with as many of its addresses as go into a code that fits a terminal. */
  static List<String> ofInvitation(Invitation invitation, boolean onLight) {
    int addresses = invitation.addresses().size();
    List<String> lines = of(withAddresses(invitation, addresses), onLight);
    while (addresses > 0 && lines.get(0).length() > MAX_COLUMNS) {
      lines = of(withAddresses(invitation, --addresses), onLight);
    }
    return lines;
  }

  private static String withAddresses(Invitation invitation, int count) {
    return new Invitation(
            invitation.secret(), invitation.name(), invitation.addresses().subList(0, count))
        .toText();
  }

  static List<String> of(String text, boolean onLight) {
    ByteMatrix code = encode(text);
    List<String> lines = new ArrayList<>();
    for (int y = -QUIET_MODULES; y < code.getHeight() + QUIET_MODULES; y += 2) {
      StringBuilder line = new StringBuilder();
      for (int x = -QUIET_MODULES; x < code.getWidth() + QUIET_MODULES; x++) {
        line.append(block(isDark(code, x, y) == onLight, isDark(code, x, y + 1) == onLight));
      }
      lines.add(line.toString());
    }
    return lines;
  }

  private static ByteMatrix encode(String text) {
    try {
      return Encoder.encode(text, ErrorCorrectionLevel.L).getMatrix();
    } catch (WriterException e) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          text.length() + " characters do not fit a QR code: " + e.getMessage(),
          e);
    }
  }

  private static boolean isDark(ByteMatrix code, int x, int y) {
    return x >= 0 && y >= 0 && x < code.getWidth() && y < code.getHeight() && code.get(x, y) == 1;
  }

  private static char block(boolean upper, boolean lower) {
    if (upper) {
      return lower ? '█' : '▀';
    }
    return lower ? '▄' : ' ';
  }
}
