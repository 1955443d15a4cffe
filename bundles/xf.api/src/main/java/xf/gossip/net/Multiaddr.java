package xf.gossip.net;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.XfException;
import xf.multiformats.Multibase;
import xf.multiformats.Varint;

/**
 * Where a peer is and how to talk to it, from the outside in: {@code /ip4/192.0.2.1/tcp/4001/p2p/
 * 12D3Koo...} (multiformats multiaddr).
 *
 * <p>Immutable, with one form: text and bytes are converted into one another without loss, and
 * equality is by bytes. Bytes of a protocol that is not known here cannot be taken apart, since
 * nobody says how long its value is; they are kept to the end as one part, {@code
 * /unknown/<base64url>} in text.
 */
public final class Multiaddr implements Comparable<Multiaddr> {
  /** The longest address, in bytes. */
  public static final int MAX_BYTES = 1024;

  /** The longest text, in characters. */
  public static final int MAX_TEXT_CHARS = 2048;

  private static final String UNKNOWN = "unknown";

  private final List<Part> parts;
  private final byte[] bytes;

  /**
   * One protocol of an address, with its value.
   *
   * @param code the protocol's code
   * @param label its name
   * @param value the value's text; empty when it has none
   */
  public record Part(int code, String label, String value) {
    @Override
    public String toString() {
      String separator = code == MultiaddrProtocol.UNIX.code() || !value.isEmpty() ? "/" : "";
      return "/" + label + separator + value;
    }
  }

  private Multiaddr(List<Part> parts, byte[] bytes) {
    this.parts = parts;
    this.bytes = bytes;
  }

  /**
   * Reads an address's text. Old spellings are understood: {@code /ipfs/...} is {@code /p2p/...}.
   *
   * @throws XfException that says which part is wrong
   */
  public static Multiaddr parse(String text) {
    if (text.length() > MAX_TEXT_CHARS) {
      throw tooLong(text.length() + " characters", MAX_TEXT_CHARS);
    }
    if (!text.startsWith("/") || text.length() < 2) {
      throw bad("expected an address such as /ip4/127.0.0.1/tcp/4001, got '" + text + "'");
    }
    ByteBuffer dst = ByteBuffer.allocate(MAX_BYTES);
    int at = 0;
    while (at < text.length()) {
      at = encodePart(text, at, dst);
    }
    dst.flip();
    byte[] bytes = new byte[dst.remaining()];
    dst.get(bytes);
    return of(bytes);
  }

  /**
   * Reads an address's bytes, which must be all of {@code bytes}; they are copied.
   *
   * @throws XfException when they are no address
   */
  public static Multiaddr of(byte[] bytes) {
    if (bytes.length == 0) {
      throw bad("expected at least one protocol, got no bytes");
    }
    if (bytes.length > MAX_BYTES) {
      throw tooLong(bytes.length + " bytes", MAX_BYTES);
    }
    byte[] copy = bytes.clone();
    ByteBuffer src = ByteBuffer.wrap(copy);
    List<Part> parts = new ArrayList<>(4);
    while (src.hasRemaining()) {
      parts.add(decodePart(src));
    }
    return new Multiaddr(List.copyOf(parts), copy);
  }

  /** The address of a TCP socket. */
  public static Multiaddr tcp(InetSocketAddress socket) {
    return parse(ip(socket.getAddress()) + "/tcp/" + socket.getPort());
  }

  /** The address of a UDP socket that speaks QUIC version 1. */
  public static Multiaddr quic(InetSocketAddress socket) {
    return parse(ip(socket.getAddress()) + "/udp/" + socket.getPort() + "/quic-v1");
  }

  private static String ip(InetAddress address) {
    byte[] raw = address.getAddress();
    return raw.length == 4 ? "/ip4/" + IpText.format4(raw) : "/ip6/" + IpText.format6(raw);
  }

  private static int encodePart(String text, int slash, ByteBuffer dst) {
    int labelEnd = endOfWord(text, slash + 1);
    String label = text.substring(slash + 1, labelEnd);
    if (label.equals(UNKNOWN)) {
      String value = text.substring(Math.min(labelEnd + 1, text.length()));
      putBounded(dst, Multibase.BASE64URL.decode(value));
      return text.length();
    }
    MultiaddrProtocol protocol =
        MultiaddrProtocol.ofLabel(label)
            .orElseThrow(() -> bad("no protocol known here is called '" + label + "'"));
    AddressValue form = protocol.value();
    putVarint(dst, protocol.code());
    if (form == AddressValue.NONE) {
      return labelEnd;
    }
    int valueStart = form == AddressValue.PATH ? labelEnd : labelEnd + 1;
    if (labelEnd >= text.length()) {
      throw bad("expected a value after /" + label);
    }
    int valueEnd = form == AddressValue.PATH ? text.length() : endOfWord(text, valueStart);
    byte[] value = form.encode(text.substring(valueStart, valueEnd));
    if (form.lengthBytes() == AddressValue.PREFIXED) {
      putVarint(dst, value.length);
    }
    putBounded(dst, value);
    return valueEnd;
  }

  private static Part decodePart(ByteBuffer src) {
    int start = src.position();
    int code = Varint.getBounded(src, Integer.MAX_VALUE, "multiaddr protocol");
    Optional<MultiaddrProtocol> known = MultiaddrProtocol.ofCode(code);
    if (known.isEmpty()) {
      byte[] rest = new byte[src.limit() - start];
      src.get(start, rest);
      src.position(src.limit());
      return new Part(code, UNKNOWN, Multibase.BASE64URL.encode(rest));
    }
    AddressValue form = known.get().value();
    int length =
        form.lengthBytes() == AddressValue.PREFIXED
            ? Varint.getBounded(src, MAX_BYTES, "multiaddr value length")
            : form.lengthBytes();
    if (length > src.remaining()) {
      throw bad(
          "/"
              + known.get().label()
              + ": expected a value of "
              + length
              + " bytes, got "
              + src.remaining());
    }
    byte[] value = new byte[length];
    src.get(value);
    if (form == AddressValue.PATH && src.hasRemaining()) {
      throw bad("nothing can follow /" + known.get().label() + ": a path takes all of the text");
    }
    return new Part(code, known.get().label(), form.decode(value));
  }

  private static int endOfWord(String text, int start) {
    int end = text.indexOf('/', start);
    return end < 0 ? text.length() : end;
  }

  private static void putVarint(ByteBuffer dst, int value) {
    if (dst.remaining() < Varint.MAX_BYTES) {
      throw tooLong("text", MAX_BYTES);
    }
    Varint.put(dst, value);
  }

  private static void putBounded(ByteBuffer dst, byte[] value) {
    if (dst.remaining() < value.length) {
      throw tooLong("text", MAX_BYTES);
    }
    dst.put(value);
  }

  /** The parts, outermost first. */
  public List<Part> parts() {
    return parts;
  }

  /** The value of the first part with a protocol. */
  public Optional<String> value(MultiaddrProtocol protocol) {
    return parts.stream()
        .filter(part -> part.code() == protocol.code())
        .findFirst()
        .map(Part::value);
  }

  /** Whether a part with a protocol is in it. */
  public boolean has(MultiaddrProtocol protocol) {
    return value(protocol).isPresent();
  }

  /** Whether it is made of exactly these protocols, in this order. */
  public boolean matches(MultiaddrProtocol... protocols) {
    boolean same = parts.size() == protocols.length;
    for (int i = 0; same && i < protocols.length; i++) {
      same = parts.get(i).code() == protocols[i].code();
    }
    return same;
  }

  /** The peer at its end: the value of a {@code /p2p} that is the last part. */
  public Optional<PeerId> peerId() {
    Part last = parts.get(parts.size() - 1);
    return last.code() == MultiaddrProtocol.P2P.code()
        ? Optional.of(PeerId.parse(last.value()))
        : Optional.empty();
  }

  /** This address with {@code /p2p/<peer>} at its end, in place of one that is there. */
  public Multiaddr withPeer(PeerId peer) {
    Multiaddr tail = parse("/p2p/" + peer);
    return withoutPeer().map(address -> address.append(tail)).orElse(tail);
  }

  /** This address without a {@code /p2p} at its end; empty if nothing else is in it. */
  public Optional<Multiaddr> withoutPeer() {
    if (peerId().isEmpty()) {
      return Optional.of(this);
    }
    byte[] tail = parse(parts.get(parts.size() - 1).toString()).bytes;
    return tail.length == bytes.length
        ? Optional.empty()
        : Optional.of(of(Arrays.copyOf(bytes, bytes.length - tail.length)));
  }

  /** This address followed by another. */
  public Multiaddr append(Multiaddr inner) {
    byte[] joined = Arrays.copyOf(bytes, bytes.length + inner.bytes.length);
    System.arraycopy(inner.bytes, 0, joined, bytes.length, inner.bytes.length);
    return of(joined);
  }

  /** The IP address at its start, if there is one; never asks the DNS. */
  public Optional<InetAddress> ipAddress() {
    Part first = parts.get(0);
    if (first.code() == MultiaddrProtocol.IP4.code()) {
      return Optional.of(address(IpText.parse4(first.value())));
    }
    if (first.code() == MultiaddrProtocol.IP6.code()) {
      return Optional.of(address(IpText.parse6(first.value())));
    }
    return Optional.empty();
  }

  /** This address with an IP address in place of its first part: a name, a wildcard. */
  public Multiaddr withIpAddress(InetAddress address) {
    StringBuilder text = new StringBuilder(ip(address));
    parts.stream().skip(1).forEach(text::append);
    return parse(text.toString());
  }

  private static InetAddress address(byte[] raw) {
    try {
      return InetAddress.getByAddress(raw);
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are an address", e);
    }
  }

  /** A fresh copy of the bytes. */
  public byte[] toByteArray() {
    return bytes.clone();
  }

  /** The text. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(64);
    parts.forEach(text::append);
    return text.toString();
  }

  @Override
  public int compareTo(Multiaddr other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Multiaddr address && Arrays.equals(address.bytes, bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  private static XfException bad(String message) {
    return new XfException(ErrorCode.BAD_FORMAT, "multiaddr: " + message);
  }

  private static XfException tooLong(String what, int limit) {
    return new XfException(
        ErrorCode.TOO_LARGE, "multiaddr: " + what + " is longer than the limit of " + limit);
  }
}
