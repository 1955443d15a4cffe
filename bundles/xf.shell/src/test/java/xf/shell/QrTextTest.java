package xf.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.zxing.ChecksumException;
import com.google.zxing.FormatException;
import com.google.zxing.common.BitMatrix;
import com.google.zxing.qrcode.decoder.Decoder;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import xf.event.GroupSecret;
import xf.event.XfException;
import xf.gossip.Invitation;
import xf.gossip.net.Multiaddr;

class QrTextTest {
  private static final int QUIET = 4;
  private final GroupSecret secret = GroupSecret.random(new SecureRandom());

  private Invitation invitation(int addresses) {
    List<Multiaddr> all = new ArrayList<>();
    for (int i = 0; i < addresses; i++) {
      all.add(
          Multiaddr.parse(
              "/ip4/192.0.2."
                  + i
                  + "/udp/4001/quic-v1/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA"));
    }
    return new Invitation(secret, "family", all);
  }

  /** What a camera sees of a terminal, whose drawn halves are light on dark or dark on light. */
  private static boolean[][] modules(List<String> lines, boolean onLight) {
    boolean[][] dark = new boolean[2 * lines.size()][lines.get(0).length()];
    for (int row = 0; row < lines.size(); row++) {
      assertEquals(dark[0].length, lines.get(row).length());
      for (int x = 0; x < dark[0].length; x++) {
        int drawn = " ▀▄█".indexOf(lines.get(row).charAt(x));
        assertTrue(drawn >= 0);
        dark[2 * row][x] = (drawn & 1) != 0 == onLight;
        dark[2 * row + 1][x] = (drawn & 2) != 0 == onLight;
      }
    }
    return dark;
  }

  private static String decode(List<String> lines, boolean onLight)
      throws ChecksumException, FormatException {
    boolean[][] dark = modules(lines, onLight);
    int size = dark[0].length - 2 * QUIET;
    BitMatrix code = new BitMatrix(size);
    for (int y = 0; y < dark.length; y++) {
      for (int x = 0; x < dark[0].length; x++) {
        boolean inside = x >= QUIET && y >= QUIET && x < size + QUIET && y < size + QUIET;
        if (inside && dark[y][x]) {
          code.set(x - QUIET, y - QUIET);
        }
        assertFalse(!inside && dark[y][x], "something is in the quiet zone");
      }
    }
    return new Decoder().decode(code).getText();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void shouldGiveBackTheInvitation(boolean onLight) throws Exception {
    Invitation invitation = invitation(1);
    List<String> lines = QrText.ofInvitation(invitation, onLight);
    assertEquals(invitation, Invitation.parse(decode(lines, onLight)));
  }

  @Test
  void shouldLeaveOutAddressesUntilItFitsATerminal() throws Exception {
    Invitation invitation = invitation(8);
    List<String> lines = QrText.ofInvitation(invitation, false);
    assertTrue(lines.get(0).length() <= 80, lines.get(0));
    Invitation read = Invitation.parse(decode(lines, false));
    assertEquals(invitation.secret(), read.secret());
    assertFalse(read.addresses().isEmpty());
    assertEquals(invitation.addresses().subList(0, read.addresses().size()), read.addresses());
  }

  @Test
  void shouldRefuseWhatNoCodeHolds() {
    assertThrows(XfException.class, () -> QrText.of("x".repeat(3_000), false));
  }
}
