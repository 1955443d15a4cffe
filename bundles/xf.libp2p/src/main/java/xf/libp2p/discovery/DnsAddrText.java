package xf.libp2p.discovery;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import xf.event.XfException;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.PeerId;

/**
 * The TXT record of a peer in libp2p's mDNS: strings {@code dnsaddr=<address with /p2p>}, each with
 * its length in one byte (RFC 6763 section 6).
 */
final class DnsAddrText {
  private static final String KEY = "dnsaddr=";
  private static final int MAX_STRING_BYTES = 255;

  /** Keeps a message of many records within one datagram. */
  private static final int MAX_TEXT_BYTES = 1024;

  private static final int MAX_ADDRESSES = 16;

  private DnsAddrText() {}

  /** The record of a peer; addresses that do not fit are left out. */
  static byte[] encode(PeerId peer, List<Multiaddr> addresses) {
    byte[] text = new byte[MAX_TEXT_BYTES];
    int at = 0;
    for (Multiaddr address : addresses) {
      byte[] entry = (KEY + address.withPeer(peer)).getBytes(StandardCharsets.UTF_8);
      if (entry.length <= MAX_STRING_BYTES && at + 1 + entry.length <= text.length) {
        text[at] = (byte) entry.length;
        System.arraycopy(entry, 0, text, at + 1, entry.length);
        at += 1 + entry.length;
      }
    }
    return Arrays.copyOf(text, at);
  }

  /** The addresses in a record that name their peer; whatever else is in it is passed over. */
  static List<Multiaddr> decode(byte[] text) {
    List<Multiaddr> found = new ArrayList<>();
    int at = 0;
    while (at < text.length && found.size() < MAX_ADDRESSES) {
      int end = Math.min(text.length, at + 1 + (text[at] & 0xff));
      addIfAddress(new String(text, at + 1, end - at - 1, StandardCharsets.UTF_8), found);
      at = end;
    }
    return found;
  }

  private static void addIfAddress(String entry, List<Multiaddr> found) {
    if (entry.startsWith(KEY)) {
      try {
        Multiaddr address = Multiaddr.parse(entry.substring(KEY.length()));
        if (address.peerId().isPresent()) {
          found.add(address);
        }
      } catch (XfException notForUs) {
        // Anybody on the network may announce anything; what is no address helps nobody.
        return;
      }
    }
  }
}
