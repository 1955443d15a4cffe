package xf.libp2p.security;

import java.security.Provider;
import org.conscrypt.Conscrypt;

/** The only class that needs {@code org.conscrypt}, which may be absent: callers expect that. */
final class ConscryptProvider {
  private ConscryptProvider() {}

  /**
   * Loads the native library. The provider is ours alone, not installed for the whole process.
   *
   * @throws LinkageError without its classes, or without a library for this platform
   */
  static Provider load() {
    return Conscrypt.newProviderBuilder().provideTrustManager(false).build();
  }
}
