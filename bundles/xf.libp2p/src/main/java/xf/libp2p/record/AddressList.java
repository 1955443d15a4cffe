package xf.libp2p.record;

import java.util.List;
import xf.event.XfException;
import xf.gossip.net.Multiaddr;

/** Collects addresses that peers send. */
public final class AddressList {
  private AddressList() {}

  /**
   * Adds an address unless the list is full or the bytes are no address: peers may speak of
   * protocols in forms we do not know, which is no reason to refuse the rest.
   *
   * @return whether it was added
   */
  public static boolean add(List<Multiaddr> addresses, byte[] encoded, int max) {
    if (addresses.size() >= max) {
      return false;
    }
    try {
      return addresses.add(Multiaddr.of(encoded));
    } catch (XfException unreadable) {
      return false;
    }
  }
}
