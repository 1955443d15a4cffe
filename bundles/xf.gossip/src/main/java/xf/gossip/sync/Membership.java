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
 * section 5), over a label, who says it to whom, and nonces.
 *
 * <p>The peers' ids are those that the encrypted connection has authenticated, so nothing here can
 * be passed on to a third peer. To who has not the key all of it is noise.
 */
final class Membership {
  private static final String ALGORITHM = "HmacSHA256";
  private static final String TAG = "xf/sync/1/group";
  private static final String PROOF = "xf/sync/1/proof";
  private static final String DIGEST = "xf/sync/1/digest";

  private final SecretKeySpec key;

  Membership(GroupSecret group) {
    this.key = new SecretKeySpec(group.membershipKey(), ALGORITHM);
  }

  /** Names the group to another member. */
  byte[] tag(byte[] nonce, PeerId from, PeerId to) {
    return mac(TAG, from, to, nonce);
  }

  /** Whether a tag names this group. */
  boolean isTag(SyncMessage.Open open, PeerId from, PeerId to) {
    return MessageDigest.isEqual(open.tag(), tag(open.nonce(), from, to));
  }

  /** Proves that {@code from} has the key; both nonces make it fresh for both. */
  byte[] proof(PeerId from, PeerId to, byte[] fromNonce, byte[] toNonce) {
    return mac(PROOF, from, to, fromNonce, toNonce);
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
