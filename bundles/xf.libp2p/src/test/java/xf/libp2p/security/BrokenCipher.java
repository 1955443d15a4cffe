package xf.libp2p.security;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;

/** The JDK's ChaCha20-Poly1305 with a fault that a test has to find. */
final class BrokenCipher extends CipherSpi {
  /** What is wrong with it. */
  enum Fault {
    WRONG_TAG,
    ANY_TAG_IS_RIGHT
  }

  private static final class BrokenProvider extends Provider {
    BrokenProvider(Fault fault) {
      super("Broken", "1", "for tests");
      putService(
          new Service(
              this, "Cipher", "ChaCha20-Poly1305", BrokenCipher.class.getName(), null, null) {
            @Override
            public Object newInstance(Object parameter) {
              return new BrokenCipher(fault);
            }
          });
    }
  }

  private final Fault fault;
  private Cipher jdk = newCipher();
  private boolean encrypts;
  private Key key;
  private AlgorithmParameterSpec parameters;
  private byte[] ad = new byte[0];

  private BrokenCipher(Fault fault) {
    this.fault = fault;
  }

  static Provider provider(Fault fault) {
    return new BrokenProvider(fault);
  }

  private static Cipher newCipher() {
    try {
      return Cipher.getInstance("ChaCha20-Poly1305");
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  protected void engineInit(int mode, Key k, AlgorithmParameterSpec spec, SecureRandom random) {
    encrypts = mode == Cipher.ENCRYPT_MODE;
    key = k;
    parameters = spec;
    ad = new byte[0];
    begin();
  }

  private void begin() {
    try {
      jdk = newCipher();
      jdk.init(encrypts ? Cipher.ENCRYPT_MODE : Cipher.DECRYPT_MODE, key, parameters);
      jdk.updateAAD(ad);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  protected void engineUpdateAAD(byte[] src, int offset, int len) {
    ad = Arrays.copyOfRange(src, offset, offset + len);
    begin();
  }

  @Override
  protected int engineDoFinal(byte[] in, int inOffset, int length, byte[] out, int outOffset) {
    try {
      byte[] result = finish(in, inOffset, length);
      System.arraycopy(result, 0, out, outOffset, result.length);
      return result.length;
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private byte[] finish(byte[] in, int offset, int length) throws GeneralSecurityException {
    if (fault == Fault.ANY_TAG_IS_RIGHT && !encrypts) {
      return decryptWhateverTheTag(in, offset, length);
    }
    byte[] result = jdk.doFinal(in, offset, length);
    if (encrypts && fault == Fault.WRONG_TAG) {
      result[result.length - 1] ^= 2;
    }
    return result;
  }

  /** The test changes the last bit. */
  private byte[] decryptWhateverTheTag(byte[] in, int offset, int length)
      throws GeneralSecurityException {
    try {
      return jdk.doFinal(in, offset, length);
    } catch (AEADBadTagException e) {
      byte[] mended = Arrays.copyOfRange(in, offset, offset + length);
      mended[length - 1] ^= 1;
      begin();
      return jdk.doFinal(mended);
    }
  }

  @Override
  protected int engineGetOutputSize(int inputLen) {
    return encrypts ? inputLen + 16 : inputLen;
  }

  @Override
  protected void engineInit(int mode, Key k, SecureRandom random) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void engineInit(int mode, Key k, AlgorithmParameters params, SecureRandom random) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected byte[] engineDoFinal(byte[] input, int inputOffset, int inputLen) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected byte[] engineUpdate(byte[] input, int inputOffset, int inputLen) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected int engineUpdate(byte[] in, int inOffset, int inLen, byte[] out, int outOffset) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void engineSetMode(String mode) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void engineSetPadding(String padding) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected int engineGetBlockSize() {
    return 0;
  }

  @Override
  protected byte[] engineGetIV() {
    return new byte[12];
  }

  @Override
  protected AlgorithmParameters engineGetParameters() {
    throw new UnsupportedOperationException();
  }
}
