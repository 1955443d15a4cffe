package xf.libp2p.crypto;

import java.io.IOException;
import java.math.BigInteger;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ECParameters;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.ec.CustomNamedCurves;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.DSADigestSigner;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.RSADigestSigner;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import xf.gossip.net.CloseReason.Kind;
import xf.libp2p.wire.WireException;

/** Checks signatures with one parsed public key. */
@FunctionalInterface
interface SignatureVerifier {
  /** Smaller RSA keys can be factored; larger ones cost a verifier too much. */
  int MIN_RSA_BITS = 2048;

  /** See {@link #MIN_RSA_BITS}. */
  int MAX_RSA_BITS = 8192;

  /** Whether the signature fits; never throws because of the signature's bytes. */
  boolean verify(byte[] message, byte[] signature);

  /**
   * Parses {@code data} as a key of {@code type}.
   *
   * @throws WireException when it is not one
   */
  static SignatureVerifier of(PublicKey.Type type, byte[] data) {
    return switch (type) {
      case ED25519 -> ed25519(data);
      case SECP256K1 -> secp256k1(data);
      case ECDSA -> ecdsa(data);
      case RSA -> rsa(data);
    };
  }

  private static SignatureVerifier ed25519(byte[] key) {
    if (key.length != Ed25519.PUBLIC_KEY_SIZE || !Ed25519.validatePublicKeyFull(key, 0)) {
      throw WireException.notVerified("Ed25519 key: not 32 bytes of a point of full order");
    }
    return (message, signature) ->
        signature.length == Ed25519.SIGNATURE_SIZE
            && Ed25519.verify(signature, 0, key, 0, message, 0, message.length);
  }

  private static SignatureVerifier secp256k1(byte[] compressedPoint) {
    X9ECParameters curve = CustomNamedCurves.getByOID(SECObjectIdentifiers.secp256k1);
    try {
      var point = curve.getCurve().decodePoint(compressedPoint);
      var key = new ECPublicKeyParameters(point, new ECDomainParameters(curve));
      return signing(key, PublicKey.Type.SECP256K1);
    } catch (RuntimeException e) {
      throw notAKey(PublicKey.Type.SECP256K1, e);
    }
  }

  private static SignatureVerifier ecdsa(byte[] spki) {
    AsymmetricKeyParameter key = parseSpki(spki, PublicKey.Type.ECDSA);
    if (!(key instanceof ECPublicKeyParameters)) {
      throw WireException.notVerified("ECDSA key: the SubjectPublicKeyInfo holds another kind");
    }
    return signing(key, PublicKey.Type.ECDSA);
  }

  private static SignatureVerifier rsa(byte[] spki) {
    if (!(parseSpki(spki, PublicKey.Type.RSA) instanceof RSAKeyParameters key)) {
      throw WireException.notVerified("RSA key: the SubjectPublicKeyInfo holds another kind");
    }
    int bits = key.getModulus().bitLength();
    if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS) {
      throw WireException.notVerified(
          "RSA key: " + bits + " bits, expected " + MIN_RSA_BITS + " to " + MAX_RSA_BITS);
    }
    // A huge exponent makes one verification as dear as thousands.
    if (key.getExponent().compareTo(BigInteger.ONE.shiftLeft(Integer.SIZE)) >= 0) {
      throw WireException.notVerified("RSA key: its exponent is over 32 bits");
    }
    return signing(key, PublicKey.Type.RSA);
  }

  private static AsymmetricKeyParameter parseSpki(byte[] der, PublicKey.Type type) {
    try {
      SubjectPublicKeyInfo spki = SubjectPublicKeyInfo.getInstance(der);
      if (type == PublicKey.Type.ECDSA && !isNistCurve(spki)) {
        throw WireException.notVerified("ECDSA key: not on the curve P-256, P-384 or P-521");
      }
      return PublicKeyFactory.createKey(spki);
    } catch (WireException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw notAKey(type, e);
    }
  }

  /** Named curves only: explicit parameters let a peer choose a curve that is slow or weak. */
  private static boolean isNistCurve(SubjectPublicKeyInfo spki) {
    return spki.getAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)
        && spki.getAlgorithm().getParameters() instanceof ASN1ObjectIdentifier curve
        && (curve.equals(SECObjectIdentifiers.secp256r1)
            || curve.equals(SECObjectIdentifiers.secp384r1)
            || curve.equals(SECObjectIdentifiers.secp521r1));
  }

  private static WireException notAKey(PublicKey.Type type, Exception cause) {
    return new WireException(
        Kind.NOT_VERIFIED, type + " key: its bytes are not a valid key", cause);
  }

  private static SignatureVerifier signing(CipherParameters key, PublicKey.Type type) {
    return (message, signature) -> {
      Signer signer =
          type == PublicKey.Type.RSA
              ? new RSADigestSigner(new SHA256Digest())
              : new DSADigestSigner(new ECDSASigner(), new SHA256Digest());
      signer.init(false, key);
      signer.update(message, 0, message.length);
      try {
        return signer.verifySignature(signature);
      } catch (RuntimeException e) {
        // Some malformed signatures make the library throw; for a verifier that is a "no".
        return false;
      }
    };
  }
}
