package xf.gossip.sync;

import static xf.event.EventDescriptor.DEPENDENCY_BYTES;
import static xf.event.EventDescriptor.HEADER_BYTES;

import java.nio.ByteBuffer;
import xf.event.EventView;
import xf.multiformats.Varint;

/**
 * Events in a row without what the receiver knows or can add up: version, class, index, the zero
 * bytes, most of the clock. 32 bytes of header become about seven.
 *
 * <pre>
 *   what is there u8 | clock minus that of the event before, varint
 *   [type varint] [flags varint] [count varint, dependencies 40 each] | payload length, payload
 * </pre>
 *
 * Unpacked by {@link EventRun}; canonical bytes come out as they went in.
 */
final class EventPacker {
  static final int HAS_TYPE = 1;
  static final int HAS_FLAGS = 2;
  static final int HAS_DEPENDENCIES = 4;

  /** The shortest packed event: what is there, clock, length. */
  static final int SMALLEST_BYTES = 3;

  /** Most bytes of an event besides its dependencies and payload. */
  private static final int OVERHEAD_BYTES = 1 + 9 + 3 + 3 + 1 + 3;

  private EventPacker() {}

  /** An upper bound of what {@link #pack} writes. */
  static int bound(EventView event) {
    return event.lengthBytes() - HEADER_BYTES + OVERHEAD_BYTES;
  }

  /**
   * Writes an event at the position of {@code out}; {@code lastHlc} is 0 for the first of a run.
   */
  static void pack(EventView event, long lastHlc, ByteBuffer out) {
    int dependencies = event.dependencyCount();
    int has =
        (event.type() != 0 ? HAS_TYPE : 0)
            | (event.flags() != 0 ? HAS_FLAGS : 0)
            | (dependencies != 0 ? HAS_DEPENDENCIES : 0);
    out.put((byte) has);
    Varint.put(out, event.hlc() - lastHlc);
    if (event.type() != 0) {
      Varint.put(out, event.type());
    }
    if (event.flags() != 0) {
      Varint.put(out, event.flags());
    }
    if (dependencies != 0) {
      Varint.put(out, dependencies);
      copy(event, HEADER_BYTES, dependencies * DEPENDENCY_BYTES, out);
    }
    Varint.put(out, event.payloadLengthBytes());
    copy(event, event.payloadOffset() - event.offset(), event.payloadLengthBytes(), out);
  }

  private static void copy(EventView event, int offset, int length, ByteBuffer out) {
    out.put(out.position(), event.buffer(), event.offset() + offset, length);
    out.position(out.position() + length);
  }
}
