package xf.crash;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import xf.event.AuthorKey;
import xf.event.EventBatch;
import xf.event.EventDescriptor;
import xf.event.EventLog;
import xf.event.GroupId;
import xf.event.Hash;
import xf.event.Keyring;
import xf.event.LogName;
import xf.event.Sha256;
import xf.event.StreamClass;

/** The logs that are appended to, and their events' bytes as the format gives them. */
final class Logs {
  /** The device's own, three of derived authors, two copies of strangers' logs. */
  static final int COUNT = 6;

  private static final int FIRST_COPY = 4;

  private Logs() {}

  static LogName name(Keyring keyring, int number) {
    if (isCopy(number)) {
      byte[] author = new byte[32];
      author[0] = (byte) number;
      GroupId group = GroupId.of(new byte[32]);
      return new LogName(group, StreamClass.TOPIC, "copy", AuthorKey.of(author), 0);
    }
    AuthorKey author =
        number == 0 ? keyring.device().author() : keyring.derive("author " + number).author();
    return new LogName(keyring.homeGroup(), StreamClass.TOPIC, "crash", author, 0);
  }

  static boolean isCopy(int number) {
    return number >= FIRST_COPY;
  }

  /** Adds the log's next event, whose payload follows from its index; of a copy all of it does. */
  static void add(EventBatch batch, EventLog log, int number, long index) {
    byte[] payload = payload(number, index);
    if (isCopy(number)) {
      byte[] event = event(index, (index + 1) << 16, payload);
      batch.addCanonical(log, ByteBuffer.wrap(event), 0, event.length);
    } else {
      batch.add(log, 0, ByteBuffer.wrap(payload), 0, payload.length);
    }
  }

  static byte[] payload(int number, long index) {
    byte[] payload = new byte[Long.hashCode((index + 1) * 0x9E3779B97F4A7C15L) & 0x7F];
    for (int i = 0; i < payload.length; i++) {
      payload[i] = (byte) (number + index + i);
    }
    return payload;
  }

  /** The id of the event at a place of an acknowledged batch, worked out without the store. */
  static Hash id(EventBatch batch, int place, int number) {
    byte[] payload = payload(number, batch.index(place));
    return id(event(batch.index(place), batch.hlc(place), payload));
  }

  private static Hash id(byte[] event) {
    MessageDigest digest = Sha256.newDigest();
    digest.update((byte) 0);
    return Hash.of(digest.digest(event));
  }

  private static byte[] event(long index, long hlc, byte[] payload) {
    ByteBuffer bytes =
        ByteBuffer.allocate(EventDescriptor.HEADER_BYTES + payload.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put((byte) 1).put((byte) StreamClass.TOPIC.code()).putShort((short) 0);
    bytes.putInt(payload.length).putLong(index).putLong(hlc);
    return bytes.position(EventDescriptor.HEADER_BYTES).put(payload).array();
  }
}
