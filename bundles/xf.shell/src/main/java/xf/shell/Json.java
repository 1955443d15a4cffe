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
