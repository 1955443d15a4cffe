package xf.event;

import static xf.event.EventDescriptor.MAX_DEPENDENCIES;
import static xf.event.EventDescriptor.MAX_EVENT_BYTES;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What an application gives to have an event made of it. The payload is borrowed until the append
 * is acknowledged: it is copied once, into the store.
 *
 * @param type the application's own code, 0 to 65,535; 0 when it has none
 * @param flags {@link EventDescriptor#FLAG_ENCRYPTED} and the like
 * @param millis wall-clock milliseconds to stamp it with, or {@link #NOW}; never earlier than the
 *     log's last
 * @param dependencies at most 32 events it depends on
 * @param payload the bytes between position and limit
 */
public record EventDraft(
    int type, int flags, long millis, List<Dependency> dependencies, ByteBuffer payload) {

  /** Stamp with the store's clock. */
  public static final long NOW = -1;

  /** Checks every limit. */
  public EventDraft {
    dependencies = List.copyOf(dependencies);
    checkU16("type", type);
    checkU16("flags", flags);
    if (millis != NOW && (millis < 0 || millis > Hlc.MAX_MILLIS)) {
      throw new IllegalArgumentException("milliseconds " + millis + ": expected 0 to 2^47 - 1");
    }
    if (dependencies.size() > MAX_DEPENDENCIES) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          dependencies.size() + " dependencies: at most " + MAX_DEPENDENCIES + " fit an event");
    }
    int length = EventDescriptor.lengthBytes(dependencies.size(), payload.remaining());
    if (length > MAX_EVENT_BYTES) {
      throw new XfException(
          ErrorCode.TOO_LARGE,
          "event of " + length + " bytes: at most " + MAX_EVENT_BYTES + "; store it as a blob");
    }
  }

  /** A draft of payload alone. */
  public static EventDraft of(ByteBuffer payload) {
    return new EventDraft(0, 0, NOW, List.of(), payload);
  }

  /** A draft of payload alone. */
  public static EventDraft of(byte[] payload) {
    return of(ByteBuffer.wrap(payload));
  }

  private static void checkU16(String what, int value) {
    if (value < 0 || value > 0xFFFF) {
      throw new IllegalArgumentException(what + " " + value + ": expected 0 to 65535");
    }
  }
}
