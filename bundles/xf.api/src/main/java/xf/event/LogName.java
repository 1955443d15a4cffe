package xf.event;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * All that names a log: whose it is, on which stream of which group.
 *
 * @param group the group it belongs to
 * @param streamClass system, identity or topic
 * @param topic the topic; empty for system and identity streams
 * @param author the only one who writes it
 * @param epoch 0 until a restored backup forces a new one
 */
public record LogName(
    GroupId group, StreamClass streamClass, String topic, AuthorKey author, int epoch) {

  /** Longest topic, in bytes of UTF-8. */
  public static final int MAX_TOPIC_BYTES = 255;

  private static final byte[] LABEL = "xf/log/v1\0".getBytes(StandardCharsets.US_ASCII);

  /** Checks the topic and the epoch. */
  public LogName {
    checkTopic(streamClass, topic);
    if (epoch < 0) {
      throw new IllegalArgumentException("epoch " + epoch + ": expected 0 or more");
    }
  }

  /** The id by which everything refers to the log. */
  public LogId id() {
    byte[] topicBytes = topic.getBytes(StandardCharsets.UTF_8);
    ByteBuffer buffer =
        ByteBuffer.allocate(LABEL.length + 32 + 1 + 2 + topicBytes.length + 32 + 4)
            .order(ByteOrder.LITTLE_ENDIAN);
    buffer.put(LABEL);
    group.putTo(buffer);
    buffer.put((byte) streamClass.code());
    buffer.putShort((short) topicBytes.length);
    buffer.put(topicBytes);
    author.putTo(buffer);
    buffer.putInt(epoch);
    MessageDigest digest = Sha256.newDigest();
    digest.update(buffer.array());
    return LogId.of(digest.digest());
  }

  /**
   * Refuses what cannot be the topic of a log of this class.
   *
   * @throws XfException {@link ErrorCode#BAD_CONFIGURATION} or {@link ErrorCode#TOO_LARGE}
   */
  public static void checkTopic(StreamClass streamClass, String topic) {
    int length = topic.getBytes(StandardCharsets.UTF_8).length;
    if (streamClass == StreamClass.TOPIC && length == 0) {
      throw new XfException(ErrorCode.BAD_CONFIGURATION, "topic: expected a name, got none");
    }
    if (streamClass != StreamClass.TOPIC && length != 0) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION, "topic " + topic + ": a " + streamClass + " log has none");
    }
    if (length > MAX_TOPIC_BYTES) {
      throw new XfException(
          ErrorCode.TOO_LARGE, "topic of " + length + " bytes: at most " + MAX_TOPIC_BYTES);
    }
    if (topic.chars().anyMatch(Character::isISOControl) || topic.indexOf('@') >= 0) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION, "topic: control characters and '@' are not allowed");
    }
  }
}
