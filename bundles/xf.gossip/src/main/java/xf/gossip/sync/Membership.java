package xf.gossip.sync;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import xf.event.GroupSecret;
import xf.gossip.net.PeerId;

/**
 * What is proved with a group's membership key: HMAC-SHA-256, its first sixteen bytes (RFC 2104
 * section 5), over a label, who says it to whom, nonces and the digest beside it. To who has not
 * the key all of it is noise, whatever group it is for.
 *
 * <p>The peers' ids are those that the encrypted connection has authenticated, and a label is of
 * one frame: what was said to us cannot be said to another peer, by another peer, or back to who
 * said it. So the dialling side's first frame is its proof, and nothing is said before it holds.
 *
 * <p>That frame can be said again only by who made it, to the same peer: a device that was a member
 * then, and that could as well have kept the key. It is told what a member is told; to shut it out
 * takes another key, as it does for everyone who leaves. The answer is fresh: it proves the key
 * over the nonce that was just sent.
 */
final class Membership {
  private static final String ALGORITHM = "HmacSHA256";
  private static final String OPEN = "xf/sync/2/open";
  private static final String ACCEPT = "xf/sync/2/accept";
  private static final String DIGEST = "xf/sync/2/digest";

  private final SecretKeySpec key;

  Membership(GroupSecret group) {
    this.key = new SecretKeySpec(group.membershipKey(), ALGORITHM);
  }

  /** The dialling side's first word: names the group, and proves that {@code from} is in it. */
  SyncMessage.Open open(PeerId from, PeerId to, byte[] nonce, byte[] setDigest) {
    byte[] digest = blind(setDigest, from, to, nonce);
    return new SyncMessage.Open(nonce, mac(OPEN, from, to, nonce, digest), digest);
  }

  /** Whether a member of this group said this, and {@code from} itself, and to {@code to}. */
  boolean holds(SyncMessage.Open open, PeerId from, PeerId to) {
    byte[] expected = mac(OPEN, from, to, open.nonce(), open.digest());
    return MessageDigest.isEqual(open.proof(), expected);
  }

  /** The answer to it: proves the same of {@code from}, freshly. */
  SyncMessage.Accept accept(
      PeerId from, PeerId to, byte[] nonce, byte[] openNonce, byte[] setDigest) {
    byte[] digest = blind(setDigest, from, to, nonce);
    byte[] proof = mac(ACCEPT, from, to, nonce, openNonce, digest);
    return new SyncMessage.Accept(nonce, proof, digest);
  }

  /** Whether this is a member's answer to the frame with that nonce. */
  boolean holds(SyncMessage.Accept accept, PeerId from, PeerId to, byte[] openNonce) {
    byte[] expected = mac(ACCEPT, from, to, accept.nonce(), openNonce, accept.digest());
    return MessageDigest.isEqual(accept.proof(), expected);
  }

  /** A digest of all heads that only members can compare. */
  byte[] blind(byte[] setDigest, PeerId from, PeerId to, byte[] fromNonce) {
    return mac(DIGEST, from, to, fromNonce, setDigest);
  }

  private byte[] mac(String label, PeerId from, PeerId to, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(label.getBytes(StandardCharsets.US_ASCII));
      update(mac, from.toByteArray());
      update(mac, to.toByteArray());
      for (byte[] part : parts) {
        update(mac, part);
      }
      return Arrays.copyOf(mac.doFinal(), SyncCodec.SHORT_BYTES);
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java platform has HMAC-SHA-256", e);
    }
  }

  /** Each part with its length before it: no two lists of parts give one string. */
  private static void update(Mac mac, byte[] part) {
    mac.update((byte) part.length);
    mac.update(part);
  }
}
