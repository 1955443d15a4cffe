package xf.store.lmdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.GroupId;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.store.StoreException;

/**
 * The bytes of a log's name, as they stand before its first event and in the {@code names} table:
 * group 32, class u8, author 32, epoch u32, topic in UTF-8 up to the end.
 */
final class NameRecord {
  private static final int FIXED_BYTES = 32 + 1 + 32 + 4;

  private NameRecord() {}

  static byte[] encode(LogName name) {
    byte[] topic = name.topic().getBytes(StandardCharsets.UTF_8);
    byte[] bytes = new byte[FIXED_BYTES + topic.length];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    name.group().putTo(buffer);
    buffer.put((byte) name.streamClass().code());
    name.author().putTo(buffer);
    buffer.putInt(name.epoch()).put(topic);
    return bytes;
  }

  /** The name in a little-endian buffer; {@code what} says in an error where it is. */
  static LogName decode(ByteBuffer record, String what) {
    if (record.remaining() < FIXED_BYTES) {
      throw bad(what, record.remaining() + " bytes, expected at least " + FIXED_BYTES);
    }
    byte[] group = new byte[32];
    byte[] author = new byte[32];
    record.get(group);
    int code = Byte.toUnsignedInt(record.get());
    record.get(author);
    int epoch = record.getInt();
    try {
      String topic = StandardCharsets.UTF_8.newDecoder().decode(record).toString();
      StreamClass streamClass = StreamClass.ofCode(code);
      return new LogName(GroupId.of(group), streamClass, topic, AuthorKey.of(author), epoch);
    } catch (CharacterCodingException e) {
      throw bad(what, "the topic is not UTF-8");
    } catch (XfException | IllegalArgumentException e) {
      throw bad(what, String.valueOf(e.getMessage()));
    }
  }

  private static StoreException bad(String what, String why) {
    return new StoreException(ErrorCode.BAD_FORMAT, what + ": " + why + "; run xf:check --repair");
  }
}
