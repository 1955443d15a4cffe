package xf.libp2p.quic;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.quic.QuicTokenHandler;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Proofs of address (RFC 9000, 8.1.2): while many handshakes are under way, a stranger is sent away
 * to come back with a token, which costs us no state, one hash and a datagram smaller than its own.
 * Who lies about its address never sees the token; who does not pays one round trip.
 *
 * <pre>
 *   offset   0             8           40
 *          | issued (ms) | HMAC-SHA256 | the connection id the stranger had chosen |
 * </pre>
 *
 * <p>The code covers time, address, port and connection id, under a key of this listener. Event
 * loop of the listener only.
 */
final class RetryTokens implements QuicTokenHandler {
  static final long LIFETIME_MS = 10_000;

  private static final String ALGORITHM = "HmacSHA256";
  private static final int MAC_OFFSET = Long.BYTES;
  private static final int MAC_BYTES = 32;
  private static final int ID_OFFSET = MAC_OFFSET + MAC_BYTES;
  private static final int MAX_ID_BYTES = 20;
  private static final int REFUSED = -1;

  private final BooleanSupplier crowded;
  private final LongSupplier wallClockMs;
  private final Mac mac;

  /** Asks for proofs while {@code crowded} says so. */
  RetryTokens(BooleanSupplier crowded, SecureRandom random, LongSupplier wallClockMs) {
    this.crowded = crowded;
    this.wallClockMs = wallClockMs;
    byte[] key = new byte[MAC_BYTES];
    random.nextBytes(key);
    try {
      this.mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM, e);
    }
  }

  /** False lets the stranger in without a proof. */
  @Override
  public boolean writeToken(ByteBuf out, ByteBuf connectionId, InetSocketAddress address) {
    if (!crowded.getAsBoolean()) {
      return false;
    }
    byte[] id = copy(connectionId, 0);
    long issuedMs = wallClockMs.getAsLong();
    out.writeLong(issuedMs).writeBytes(code(issuedMs, address, id)).writeBytes(id);
    return true;
  }

  @Override
  public int validateToken(ByteBuf token, InetSocketAddress address) {
    int length = token.readableBytes();
    if (length <= ID_OFFSET || length > maxTokenLength()) {
      return REFUSED;
    }
    long issuedMs = token.getLong(token.readerIndex());
    long ageMs = wallClockMs.getAsLong() - issuedMs;
    byte[] said = Arrays.copyOf(copy(token, MAC_OFFSET), MAC_BYTES);
    boolean genuine = MessageDigest.isEqual(said, code(issuedMs, address, copy(token, ID_OFFSET)));
    return genuine && ageMs >= 0 && ageMs <= LIFETIME_MS ? ID_OFFSET : REFUSED;
  }

  @Override
  public int maxTokenLength() {
    return ID_OFFSET + MAX_ID_BYTES;
  }

  private byte[] code(long issuedMs, InetSocketAddress address, byte[] connectionId) {
    byte[] ip = address.getAddress().getAddress();
    ByteBuffer head = ByteBuffer.allocate(Long.BYTES + Integer.BYTES + 1 + ip.length);
    head.putLong(issuedMs).putInt(address.getPort()).put((byte) ip.length).put(ip);
    mac.update(head.array());
    return mac.doFinal(connectionId);
  }

  private static byte[] copy(ByteBuf bytes, int from) {
    byte[] copy = new byte[bytes.readableBytes() - from];
    bytes.getBytes(bytes.readerIndex() + from, copy);
    return copy;
  }
}
