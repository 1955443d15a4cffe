package xf.libp2p.negotiate;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import xf.libp2p.wire.LengthPrefix;
import xf.libp2p.wire.StreamVarint;
import xf.libp2p.wire.WireException;

/**
 * One side of a multistream-select 1.0 exchange, without I/O (libp2p connections specification).
 *
 * <p>Every message is a line behind its length as a varint. Both sides name the protocol {@code
 * /multistream/1.0.0}; the dialer proposes a protocol, the listener repeats it to accept or says
 * {@code na}, until one fits. A dialer sends its first proposal together with its header, so one
 * round trip is enough when the listener speaks it. Not for use by several threads.
 */
abstract class MultistreamState {
  /** The longest message read or written, newline included. */
  static final int MAX_MESSAGE_BYTES = 1024;

  static final String HEADER = "/multistream/1.0.0";
  static final String NOT_AVAILABLE = "na";

  private boolean headerSeen;
  private @Nullable String agreed;

  /** A negotiation that has not begun. */
  MultistreamState() {}

  /** Proposes {@code protocols} one after the other; the first is tried first. */
  static MultistreamState dialer(List<String> protocols) {
    return new DialerState(protocols);
  }

  /** Accepts the first proposal that is {@code supported}. */
  static MultistreamState listener(Predicate<String> supported) {
    return new ListenerState(supported);
  }

  /** Appends what is to be sent before anything arrives. */
  abstract void start(ByteBuf out);

  /**
   * Takes whole messages from {@code in} and appends answers to {@code out}, until agreement or
   * until more bytes are needed. Bytes after the agreement belong to the protocol and stay in
   * {@code in}.
   *
   * @throws WireException when the peer breaks the protocol, or nothing is in common
   */
  final void handle(ByteBuf in, ByteBuf out) {
    while (agreed == null) {
      String line = tryReadLine(in);
      if (line == null) {
        return;
      }
      if (headerSeen) {
        onLine(line, out);
      } else if (line.equals(HEADER)) {
        headerSeen = true;
        onHeader(out);
      } else {
        throw WireException.badFormat(
            "multistream: expected " + HEADER + ", got " + printable(line));
      }
    }
  }

  /** The protocol both sides agreed on, or null before that. */
  final @Nullable String agreed() {
    return agreed;
  }

  abstract void onHeader(ByteBuf out);

  abstract void onLine(String line, ByteBuf out);

  final void agree(String protocol) {
    agreed = protocol;
  }

  private static @Nullable String tryReadLine(ByteBuf in) {
    ByteBuf frame = LengthPrefix.tryReadFrame(in, MAX_MESSAGE_BYTES, "multistream message");
    if (frame == null) {
      return null;
    }
    int last = frame.writerIndex() - 1;
    if (last < frame.readerIndex() || frame.getByte(last) != '\n') {
      throw WireException.badFormat("multistream: a message does not end with a newline");
    }
    return frame.toString(frame.readerIndex(), frame.readableBytes() - 1, StandardCharsets.UTF_8);
  }

  static void writeLine(ByteBuf out, String line) {
    byte[] utf8 = line.getBytes(StandardCharsets.UTF_8);
    if (utf8.length >= MAX_MESSAGE_BYTES) {
      throw new IllegalArgumentException(
          "protocol name of " + utf8.length + " bytes, at most " + (MAX_MESSAGE_BYTES - 1));
    }
    StreamVarint.write(out, utf8.length + 1L);
    out.writeBytes(utf8);
    out.writeByte('\n');
  }

  /** At most 64 characters without control characters: fit for a log. */
  static String printable(String line) {
    String start = line.length() > 64 ? line.substring(0, 64) + "..." : line;
    return "'" + start.replaceAll("\\p{Cntrl}", "?") + "'";
  }
}
