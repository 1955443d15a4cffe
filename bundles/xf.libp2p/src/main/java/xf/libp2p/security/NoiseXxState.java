package xf.libp2p.security;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import xf.libp2p.wire.WireException;

/**
 * The Noise handshake {@code Noise_XX_25519_ChaChaPoly_SHA256} as pure state: messages in, messages
 * out, no I/O, no knowledge of libp2p.
 *
 * <pre>
 *   -> e
 *   <- e, ee, s, es
 *   -> s, se
 * </pre>
 *
 * <p>Writes and reads must alternate as in the pattern; a caller that breaks the order gets an
 * {@link IllegalStateException}, a peer that does cannot produce a message that decrypts. Not for
 * use by several threads.
 */
final class NoiseXxState {
  static final String PROTOCOL_NAME = "Noise_XX_25519_ChaChaPoly_SHA256";

  private static final int KEY_BYTES = X25519KeyPair.KEY_BYTES;
  private static final int MESSAGES = 3;

  private final boolean initiator;
  private final X25519KeyPair staticKey;
  private final X25519KeyPair ephemeral;
  private final SymmetricState symmetric;
  private byte[] remoteEphemeral = new byte[0];
  private byte[] remoteStatic = new byte[0];
  private int messageIndex;
  private CipherState @Nullable [] transport;

  NoiseXxState(
      boolean initiator,
      byte[] prologue,
      X25519KeyPair staticKey,
      X25519KeyPair ephemeral,
      ChaChaPoly aead) {
    this.initiator = initiator;
    this.staticKey = staticKey;
    this.ephemeral = ephemeral;
    this.symmetric = new SymmetricState(PROTOCOL_NAME, aead);
    symmetric.mixHash(prologue);
  }

  /** Whether the next step is ours to write. */
  boolean isOurTurn() {
    return !isComplete() && (messageIndex % 2 == 0) == initiator;
  }

  /** Whether all three messages have passed. */
  boolean isComplete() {
    return messageIndex == MESSAGES;
  }

  /** The next message of ours, carrying {@code payload}. */
  byte[] writeMessage(byte[] payload) {
    if (!isOurTurn()) {
      throw new IllegalStateException("noise: message " + messageIndex + " is not ours to write");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    switch (messageIndex) {
      case 0 -> writeEphemeral(out);
      case 1 -> {
        writeEphemeral(out);
        symmetric.mixKey(ephemeral.agree(remoteEphemeral)); // ee
        out.writeBytes(symmetric.encryptAndHash(staticKey.publicKey())); // s
        symmetric.mixKey(staticKey.agree(remoteEphemeral)); // es
      }
      default -> {
        out.writeBytes(symmetric.encryptAndHash(staticKey.publicKey())); // s
        symmetric.mixKey(staticKey.agree(remoteEphemeral)); // se
      }
    }
    out.writeBytes(symmetric.encryptAndHash(payload));
    advance();
    return out.toByteArray();
  }

  /**
   * The payload of the peer's next message.
   *
   * @throws WireException when the message is too short or does not decrypt; the handshake is then
   *     over
   */
  byte[] readMessage(byte[] message) {
    if (isComplete() || isOurTurn()) {
      throw new IllegalStateException("noise: message " + messageIndex + " is not ours to read");
    }
    int position =
        switch (messageIndex) {
          case 0 -> readEphemeral(message);
          case 1 -> {
            int afterKey = readEphemeral(message);
            symmetric.mixKey(ephemeral.agree(remoteEphemeral)); // ee
            int afterStatic = readStatic(message, afterKey); // s
            symmetric.mixKey(ephemeral.agree(remoteStatic)); // es
            yield afterStatic;
          }
          default -> {
            int afterStatic = readStatic(message, 0); // s
            symmetric.mixKey(ephemeral.agree(remoteStatic)); // se
            yield afterStatic;
          }
        };
    byte[] payload =
        symmetric.decryptAndHash(Arrays.copyOfRange(message, position, message.length));
    advance();
    return payload;
  }

  /** The peer's static key, known once its message has been read. */
  byte[] remoteStatic() {
    return remoteStatic.clone();
  }

  /** What both sides have seen, for channel binding; final once complete. */
  byte[] handshakeHash() {
    return symmetric.hash();
  }

  /** Encrypts what we send; there once the handshake is complete. */
  CipherState sender() {
    return transport()[initiator ? 0 : 1];
  }

  /** Decrypts what we receive; there once the handshake is complete. */
  CipherState receiver() {
    return transport()[initiator ? 1 : 0];
  }

  private CipherState[] transport() {
    if (transport == null) {
      throw new IllegalStateException("noise: the handshake is not complete");
    }
    return transport;
  }

  private void advance() {
    messageIndex++;
    if (isComplete()) {
      transport = symmetric.split();
    }
  }

  private void writeEphemeral(ByteArrayOutputStream out) {
    byte[] key = ephemeral.publicKey();
    symmetric.mixHash(key);
    out.writeBytes(key);
  }

  private int readEphemeral(byte[] message) {
    remoteEphemeral = take(message, 0, KEY_BYTES);
    symmetric.mixHash(remoteEphemeral);
    return KEY_BYTES;
  }

  private int readStatic(byte[] message, int from) {
    int length = KEY_BYTES + ChaChaPoly.TAG_BYTES;
    remoteStatic = symmetric.decryptAndHash(take(message, from, length));
    return from + length;
  }

  private byte[] take(byte[] message, int from, int length) {
    if (message.length - from < length) {
      throw WireException.badFormat(
          "noise: handshake message "
              + messageIndex
              + " has "
              + message.length
              + " bytes, expected at least "
              + (from + length));
    }
    return Arrays.copyOfRange(message, from, from + length);
  }
}
