package xf.gossip.net;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import xf.event.ErrorCode;
import xf.event.XfException;
import xf.multiformats.Multibase;
import xf.multiformats.Multihash;

/** The forms a value can have in an address: how long it is, its bytes from text and back. */
enum AddressValue {
  NONE(0) {
    @Override
    byte[] encode(String text) {
      throw new AssertionError("a protocol without a value has no text");
    }

    @Override
    String decode(byte[] bytes) {
      return "";
    }
  },
  BYTE(1) {
    @Override
    byte[] encode(String text) {
      return new byte[] {(byte) number(text, 255, "prefix length")};
    }

    @Override
    String decode(byte[] bytes) {
      return Integer.toString(bytes[0] & 0xff);
    }
  },
  PORT(2) {
    @Override
    byte[] encode(String text) {
      int port = number(text, 0xffff, "port");
      return new byte[] {(byte) (port >>> 8), (byte) port};
    }

    @Override
    String decode(byte[] bytes) {
      return Integer.toString((bytes[0] & 0xff) << 8 | (bytes[1] & 0xff));
    }
  },
  IP4(4) {
    @Override
    byte[] encode(String text) {
      return IpText.parse4(text);
    }

    @Override
    String decode(byte[] bytes) {
      return IpText.format4(bytes);
    }
  },
  IP6(16) {
    @Override
    byte[] encode(String text) {
      return IpText.parse6(text);
    }

    @Override
    String decode(byte[] bytes) {
      return IpText.format6(bytes);
    }
  },
  NAME(AddressValue.PREFIXED) {
    @Override
    byte[] encode(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    String decode(byte[] bytes) {
      String text = utf8(bytes);
      if (text.isEmpty() || text.indexOf('/') >= 0 || hasControl(text)) {
        throw bad("expected a name without a slash, got " + bytes.length + " other bytes");
      }
      return text;
    }
  },
  PATH(AddressValue.PREFIXED) {
    @Override
    byte[] encode(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    String decode(byte[] bytes) {
      String text = utf8(bytes);
      if (!text.startsWith("/") || text.length() < 2 || hasControl(text)) {
        throw bad("expected an absolute path");
      }
      return text.substring(1);
    }
  },
  HTTP_PATH(AddressValue.PREFIXED) {
    @Override
    byte[] encode(String text) {
      return PercentText.decode(text);
    }

    @Override
    String decode(byte[] bytes) {
      if (bytes.length == 0) {
        throw bad("expected a path, got nothing");
      }
      return PercentText.encode(bytes);
    }
  },
  PEER(AddressValue.PREFIXED) {
    @Override
    byte[] encode(String text) {
      return PeerId.parse(text).toByteArray();
    }

    @Override
    String decode(byte[] bytes) {
      return PeerId.ofMultihash(bytes).toString();
    }
  },
  CERTHASH(AddressValue.PREFIXED) {
    @Override
    byte[] encode(String text) {
      return Multibase.decodePrefixed(text);
    }

    @Override
    String decode(byte[] bytes) {
      return Multibase.BASE64URL.encodePrefixed(Multihash.decode(bytes).toByteArray());
    }
  },
  ONION3(37) {
    @Override
    byte[] encode(String text) {
      int colon = text.indexOf(':');
      byte[] host = colon < 0 ? new byte[0] : Multibase.BASE32.decode(text.substring(0, colon));
      if (host.length != ONION3_HOST_BYTES) {
        throw bad("expected 56 base-32 characters, a colon and a port, got '" + text + "'");
      }
      byte[] port = PORT.encode(text.substring(colon + 1));
      byte[] bytes = Arrays.copyOf(host, ONION3_HOST_BYTES + port.length);
      System.arraycopy(port, 0, bytes, ONION3_HOST_BYTES, port.length);
      return bytes;
    }

    @Override
    String decode(byte[] bytes) {
      byte[] port = Arrays.copyOfRange(bytes, ONION3_HOST_BYTES, bytes.length);
      if (port[0] == 0 && port[1] == 0) {
        throw bad("an onion service has no port 0");
      }
      return Multibase.BASE32.encode(Arrays.copyOf(bytes, ONION3_HOST_BYTES))
          + ':'
          + PORT.decode(port);
    }
  };

  /** In place of a fixed length: a varint in front says it. */
  static final int PREFIXED = -1;

  private static final int ONION3_HOST_BYTES = 35;

  private final int lengthBytes;

  AddressValue(int lengthBytes) {
    this.lengthBytes = lengthBytes;
  }

  /** How many bytes a value has, or {@link #PREFIXED}. */
  int lengthBytes() {
    return lengthBytes;
  }

  /** Bytes of a text; {@link #decode} is asked afterwards whether they are a value. */
  abstract byte[] encode(String text);

  /** The one text of bytes of the right length. */
  abstract String decode(byte[] bytes);

  private static int number(String text, int max, String what) {
    boolean digits = !text.isEmpty() && text.length() <= 5;
    int value = 0;
    for (int i = 0; digits && i < text.length(); i++) {
      digits = text.charAt(i) >= '0' && text.charAt(i) <= '9';
      value = value * 10 + text.charAt(i) - '0';
    }
    if (!digits || value > max) {
      throw bad("expected a " + what + " from 0 to " + max + ", got '" + text + "'");
    }
    return value;
  }

  private static String utf8(byte[] bytes) {
    try {
      CharBuffer text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes));
      return text.toString();
    } catch (CharacterCodingException e) {
      throw new XfException(ErrorCode.BAD_FORMAT, "multiaddr: a name is not UTF-8", e);
    }
  }

  private static boolean hasControl(String text) {
    return text.chars().anyMatch(c -> c < ' ' || c == 0x7f);
  }

  private static XfException bad(String message) {
    return new XfException(ErrorCode.BAD_FORMAT, "multiaddr: " + message);
  }
}
