package xf.libp2p.tls;

import java.io.IOException;
import java.security.SecureRandom;
import org.bouncycastle.tls.crypto.TlsCryptoParameters;
import org.bouncycastle.tls.crypto.impl.TlsAEADCipher;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;

/** Bouncy Castle's lightweight cryptography for TLS, with the JDK's AES-GCM for the records. */
final class TlsCryptoWithJdkGcm extends BcTlsCrypto {
  TlsCryptoWithJdkGcm(SecureRandom random) {
    super(random);
  }

  @Override
  protected TlsAEADCipher createCipher_AES_GCM(
      TlsCryptoParameters parameters, int keySizeBytes, int macSizeBytes) throws IOException {
    return new TlsAEADCipher(
        parameters,
        new JdkAesGcm(true),
        new JdkAesGcm(false),
        keySizeBytes,
        macSizeBytes,
        TlsAEADCipher.AEAD_GCM,
        null); // the default nonce generator
  }
}
