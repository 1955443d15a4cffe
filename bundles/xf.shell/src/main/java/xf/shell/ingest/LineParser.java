package xf.shell.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.Hlc;
import xf.event.Keyring;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.event.XfException;

/**
 * Reads what an import needs out of one line and checks the rest: strict UTF-8, one JSON object,
 * six fields of the right kind. Used by one thread.
 */
final class LineParser {
  private static final JsonFactory FACTORY = new JsonFactory();

  /** Ids are short; a longer one takes the long way. */
  private static final int SHORT_TEXT_CHARS = 128;

  private final Fingerprint fingerprint;
  private final CharsetDecoder utf8 =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT);
  private final CharBuffer decoded = CharBuffer.allocate(Block.MAX_LINE_BYTES + 1);
  private final CheckedNames authors = new CheckedNames(Keyring::checkLabel);
  private final CheckedNames topics =
      new CheckedNames(topic -> LogName.checkTopic(StreamClass.TOPIC, topic));
  private final byte[] shortText = new byte[SHORT_TEXT_CHARS];

  private long millis;
  private boolean hasMillis;
  private @Nullable String author;
  private @Nullable String topic;
  private boolean hasText;
  private boolean hasId;
  private boolean hasParents;

  LineParser(Fingerprint fingerprint) {
    this.fingerprint = fingerprint;
  }

  /**
   * Parses the line at {@code offset} of a block and adds it to the block's lines.
   *
   * @throws XfException {@link ErrorCode#BAD_FORMAT} with the reason; the block is as before
   */
  void parse(Block block, int offset, int length) {
    int parentsBefore = block.parentCount;
    try {
      checkUtf8(block.buffer, offset, length);
      parseObject(block, offset, length);
      checkFields();
      author = authors.checked(required(author));
      topic = topics.checked(required(topic));
    } catch (StreamReadException e) {
      block.parentCount = parentsBefore;
      throw bad("is no JSON: " + reason(e));
    } catch (IOException e) {
      block.parentCount = parentsBefore;
      throw bad("is no JSON: " + e.getMessage());
    } catch (XfException e) {
      block.parentCount = parentsBefore;
      throw e;
    }
    int line = block.lines++;
    block.offset[line] = offset;
    block.length[line] = length;
    block.millis[line] = millis;
    block.author[line] = required(author);
    block.topic[line] = required(topic);
    block.parentEnd[line] = block.parentCount;
  }

  /** Jackson's reason without the places in its own buffers. */
  private static String reason(StreamReadException e) {
    String message = e.getOriginalMessage().lines().findFirst().orElse("");
    int place = message.indexOf(" (start marker");
    return place < 0 ? message : message.substring(0, place);
  }

  private static String required(@Nullable String value) {
    if (value == null) {
      throw new AssertionError("checked before");
    }
    return value;
  }

  private void checkUtf8(ByteBuffer buffer, int offset, int length) {
    ByteBuffer line = buffer.limit(offset + length).position(offset);
    decoded.clear();
    utf8.reset();
    boolean isBad = utf8.decode(line, decoded, true).isError();
    int at = line.position() - offset;
    buffer.clear();
    if (isBad) {
      throw bad("is not UTF-8 at byte " + (at + 1));
    }
  }

  private void parseObject(Block block, int offset, int length) throws IOException {
    millis = 0;
    hasMillis = false;
    author = null;
    topic = null;
    hasText = false;
    hasId = false;
    hasParents = false;
    try (JsonParser json = FACTORY.createParser(block.bytes, offset, length)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw bad("is no JSON object");
      }
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        json.nextToken();
        parseField(block, json, name);
      }
      if (json.currentToken() != JsonToken.END_OBJECT || json.nextToken() != null) {
        throw bad("has more after its JSON object");
      }
    }
  }

  private void parseField(Block block, JsonParser json, String name) throws IOException {
    switch (name) {
      case "ts" -> parseMillis(json);
      case "author" -> author = text(json, name);
      case "topic" -> topic = text(json, name);
      case "text" -> {
        requireText(json, name);
        hasText = true;
      }
      case "id" -> {
        takeFingerprint(json, name);
        block.idHigh[block.lines] = fingerprint.high();
        block.idLow[block.lines] = fingerprint.low();
        hasId = true;
      }
      case "parents" -> {
        parseParents(block, json);
        hasParents = true;
      }
      default -> json.skipChildren();
    }
  }

  private void parseMillis(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw bad("has a bad \"ts\": expected whole milliseconds, found " + json.currentToken());
    }
    try {
      millis = json.getLongValue();
    } catch (JsonParseException e) {
      throw e;
    } catch (StreamReadException e) {
      throw badMillis(json.getText());
    }
    if (millis < 0 || millis > Hlc.MAX_MILLIS) {
      throw badMillis(Long.toString(millis));
    }
    hasMillis = true;
  }

  private static XfException badMillis(String found) {
    return bad("has \"ts\" " + found + ": expected milliseconds from 0 to " + Hlc.MAX_MILLIS);
  }

  private static String text(JsonParser json, String name) throws IOException {
    requireText(json, name);
    return json.getText();
  }

  /** Of a string's UTF-8; plain ASCII, which most ids are, is not made a string for it. */
  private void takeFingerprint(JsonParser json, String name) throws IOException {
    requireText(json, name);
    char[] chars = json.getTextCharacters();
    int start = json.getTextOffset();
    int length = json.getTextLength();
    if (length > SHORT_TEXT_CHARS) {
      fingerprint.of(json.getText());
      return;
    }
    int bits = 0;
    for (int i = 0; i < length; i++) {
      char next = chars[start + i];
      bits |= next;
      shortText[i] = (byte) next;
    }
    if (bits < 0x80) {
      fingerprint.of(shortText, 0, length);
    } else {
      fingerprint.of(json.getText());
    }
  }

  private static void requireText(JsonParser json, String name) {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw bad("has a bad \"" + name + "\": expected a string, found " + json.currentToken());
    }
  }

  private void parseParents(Block block, JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw bad("has bad \"parents\": expected a list, found " + json.currentToken());
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      takeFingerprint(json, "parents");
      block.addParent(fingerprint.high(), fingerprint.low());
    }
  }

  private void checkFields() {
    check(hasMillis, "ts");
    check(author != null, "author");
    check(topic != null, "topic");
    check(hasText, "text");
    check(hasId, "id");
    check(hasParents, "parents");
  }

  private static void check(boolean isThere, String name) {
    if (!isThere) {
      throw bad("lacks the field \"" + name + "\"");
    }
  }

  private static XfException bad(String what) {
    return new XfException(ErrorCode.BAD_FORMAT, what);
  }
}
