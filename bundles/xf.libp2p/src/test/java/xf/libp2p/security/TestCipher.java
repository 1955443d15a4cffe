package xf.libp2p.security;

import java.security.GeneralSecurityException;
import org.opentest4j.TestAbortedException;

/** The ciphers that every rule of Noise holds for. */
enum TestCipher {
  JDK {
    @Override
    AeadSource source() {
      return AeadSource.ofJdk();
    }
  },

  /** Must be there where the build is official and the platform is one that it helps. */
  CONSCRYPT {
    @Override
    AeadSource source() {
      try {
        return AeadSource.ofConscrypt();
      } catch (GeneralSecurityException | LinkageError e) {
        if (isRequired()) {
          throw new AssertionError("CI on linux-x86_64 needs Conscrypt before JDK 21", e);
        }
        throw new TestAbortedException("no Conscrypt for this platform: " + e, e);
      }
    }
  };

  abstract AeadSource source();

  private static boolean isRequired() {
    return "true".equals(System.getenv("CI"))
        && "Linux".equals(System.getProperty("os.name"))
        && "amd64".equals(System.getProperty("os.arch"))
        && Runtime.version().feature() < 21;
  }
}
