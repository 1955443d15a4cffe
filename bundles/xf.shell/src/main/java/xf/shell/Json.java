package xf.shell;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes JSON to a console, whose character set is taken to be UTF-8. */
final class Json {
  static final JsonFactory FACTORY =
      JsonFactory.builder().configure(JsonFactory.Feature.INTERN_FIELD_NAMES, true).build();

  private Json() {}

  /** Code that writes with a generator. */
  @FunctionalInterface
  interface Body {
    void write(JsonGenerator json) throws IOException;
  }

  /** Prints one JSON value and a newline; the console stays open. */
  static void print(PrintStream out, Body body) {
    try {
      write(out, body);
      out.println();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(OutputStream out, Body body) throws IOException {
    JsonGenerator json = FACTORY.createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    body.write(json);
    json.close();
  }

  /** Writes what one value of a list has to say. */
  @FunctionalInterface
  interface Fields<T> {
    void write(JsonGenerator json, T value) throws IOException;
  }

  /** Prints one object. */
  static void printObject(PrintStream out, Body fields) {
    print(
        out,
        json -> {
          json.writeStartObject();
          fields.write(json);
          json.writeEndObject();
        });
  }

  /** Prints a list of objects. */
  static <T> void printObjects(PrintStream out, Iterable<T> values, Fields<? super T> fields) {
    print(out, json -> writeObjects(json, values, fields));
  }

  /** Writes a field that is a list of objects. */
  static <T> void writeObjects(
      JsonGenerator json, String name, Iterable<T> values, Fields<? super T> fields)
      throws IOException {
    json.writeFieldName(name);
    writeObjects(json, values, fields);
  }

  private static <T> void writeObjects(
      JsonGenerator json, Iterable<T> values, Fields<? super T> fields) throws IOException {
    json.writeStartArray();
    for (T value : values) {
      json.writeStartObject();
      fields.write(json, value);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  /** Writes a field that is a list of texts. */
  static void writeTexts(JsonGenerator json, String name, Iterable<?> values) throws IOException {
    json.writeFieldName(name);
    writeTexts(json, values);
  }

  /** Writes a list of texts. */
  static void writeTexts(JsonGenerator json, Iterable<?> values) throws IOException {
    json.writeStartArray();
    for (Object value : values) {
      json.writeString(value.toString());
    }
    json.writeEndArray();
  }

  /** Writes bytes as text when they are UTF-8 without loss, else in base64 under another name. */
  static void writePayload(JsonGenerator json, String name, byte[] payload) throws IOException {
    if (isText(payload)) {
      json.writeStringField(name, new String(payload, StandardCharsets.UTF_8));
    } else {
      json.writeFieldName(name + "_base64");
      json.writeBinary(payload);
    }
  }

  /** Whether bytes are UTF-8 without loss. */
  static boolean isText(byte[] payload) {
    String text = new String(payload, StandardCharsets.UTF_8);
    return Arrays.equals(text.getBytes(StandardCharsets.UTF_8), payload);
  }
}
