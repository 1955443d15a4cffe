package xf.libp2p.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.tls.AlertDescription;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.crypto.impl.TlsAEADCipherImpl;
import org.jspecify.annotations.Nullable;

/**
 * AES-GCM of the JDK for Bouncy Castle's TLS: it uses the processor's own instructions, which makes
 * it much faster than Bouncy Castle's in plain Java.
 */
final class JdkAesGcm implements TlsAEADCipherImpl {
  private static final int TAG_BYTES = 16;

  private final int mode;
  private final Cipher cipher;
  private @Nullable SecretKeySpec key;

  JdkAesGcm(boolean encrypting) {
    this.mode = encrypting ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE;
    try {
      this.cipher = Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no AES-GCM", e);
    }
  }

  @Override
  public void setKey(byte[] keyBytes, int offset, int length) {
    key = new SecretKeySpec(Arrays.copyOfRange(keyBytes, offset, offset + length), "AES");
  }

  @Override
  public void init(byte[] nonce, int macSizeBytes) throws IOException {
    try {
      cipher.init(mode, key, new GCMParameterSpec(Byte.SIZE * macSizeBytes, nonce));
    } catch (GeneralSecurityException e) {
      throw new TlsFatalAlert(AlertDescription.internal_error, e);
    }
  }

  @Override
  public int getOutputSize(int inputLength) {
    return mode == Cipher.ENCRYPT_MODE
        ? inputLength + TAG_BYTES
        : Math.max(0, inputLength - TAG_BYTES);
  }

  @Override
  public int doFinal(
      byte @Nullable [] additionalData,
      byte[] input,
      int inputOffset,
      int inputLength,
      byte[] output,
      int outputOffset)
      throws IOException {
    try {
      if (additionalData != null && additionalData.length > 0) {
        cipher.updateAAD(additionalData);
      }
      return cipher.doFinal(input, inputOffset, inputLength, output, outputOffset);
    } catch (GeneralSecurityException e) {
      throw new TlsFatalAlert(AlertDescription.bad_record_mac, e);
    }
  }
}
