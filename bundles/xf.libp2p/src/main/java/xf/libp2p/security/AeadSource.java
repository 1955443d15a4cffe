package xf.libp2p.security;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import java.util.function.Supplier;
import javax.crypto.Cipher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a host's ChaCha20-Poly1305 comes from: the JDK, or Conscrypt (BoringSSL) where it is there,
 * works, and is the faster one.
 *
 * <p>The JDK's has compiler intrinsics from version 21 on and is then fast enough to do without a
 * native library; before, it is several times slower than Conscrypt's. Both are the same function,
 * so either end may use either.
 */
public final class AeadSource {
  private static final Logger LOG = LoggerFactory.getLogger(AeadSource.class);
  private static final String ALGORITHM = "ChaCha20-Poly1305";
  private static final int FIRST_JDK_WITH_INTRINSICS = 21;

  private final Provider provider;
  private final boolean isNative;

  private AeadSource(Provider provider, boolean isNative) {
    this.provider = provider;
    this.isNative = isNative;
  }

  /** The best there is in this process; says in the log which, and why. */
  public static AeadSource best() {
    return best(Runtime.version().feature(), ConscryptProvider::load);
  }

  static AeadSource best(int jdk, Supplier<Provider> conscrypt) {
    if (jdk >= FIRST_JDK_WITH_INTRINSICS) {
      LOG.info("Noise encrypts with the JDK's {}, which has intrinsics in JDK {}", ALGORITHM, jdk);
      return ofJdk();
    }
    try {
      AeadSource tested = ofConscrypt(conscrypt);
      LOG.info("Noise encrypts with Conscrypt's {}, faster than that of JDK {}", ALGORITHM, jdk);
      return tested;
    } catch (GeneralSecurityException | RuntimeException | LinkageError e) {
      LOG.info("Noise encrypts with the JDK's {}: Conscrypt cannot be used: {}", ALGORITHM, why(e));
      LOG.debug("Why Conscrypt cannot be used", e);
      return ofJdk();
    }
  }

  private static String why(Throwable failure) {
    return failure.getCause() instanceof ClassNotFoundException
        ? "it is not installed"
        : failure.toString();
  }

  /** What the platform offers first: the JDK's own, unless the application installed another. */
  public static AeadSource ofJdk() {
    return new AeadSource(jdkProvider(), false);
  }

  private static Provider jdkProvider() {
    Provider[] having = Security.getProviders("Cipher." + ALGORITHM);
    if (having == null) {
      throw new IllegalStateException("this Java runtime has no " + ALGORITHM);
    }
    return having[0];
  }

  /**
   * Conscrypt's, after a test.
   *
   * @throws GeneralSecurityException when it does not compute what RFC 8439 says
   * @throws LinkageError when it is not there or has no library for this platform
   */
  static AeadSource ofConscrypt() throws GeneralSecurityException {
    return ofConscrypt(ConscryptProvider::load);
  }

  private static AeadSource ofConscrypt(Supplier<Provider> conscrypt)
      throws GeneralSecurityException {
    AeadSource source = new AeadSource(conscrypt.get(), true);
    AeadSelfTest.check(source.open());
    return source;
  }

  /** Whether it computes outside of Java. */
  boolean isNative() {
    return isNative;
  }

  /** Ciphers for one thread. */
  ChaChaPoly open() {
    return isNative
        ? new DirectChaChaPoly(newCipher(), newCipher())
        : new ArrayChaChaPoly(newCipher(), newCipher());
  }

  private Cipher newCipher() {
    try {
      return Cipher.getInstance(ALGORITHM, provider);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(provider.getName() + " has no " + ALGORITHM, e);
    }
  }
}
