package xf.testkit.js;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A js-libp2p process, driven by a JSON object a line over its standard input and output. */
public final class JsPeer implements AutoCloseable {
  private static final JsonFactory JSON = new JsonFactory();
  private static final long ANSWER_TIMEOUT_S = 60;

  private final Process node;
  private final BufferedWriter input;
  private final Map<Integer, CompletableFuture<Object>> pending = new ConcurrentHashMap<>();
  private final CompletableFuture<Map<String, Object>> ready = new CompletableFuture<>();
  private int nextId = 1;

  private JsPeer(Process node) {
    this.node = node;
    this.input =
        new BufferedWriter(new OutputStreamWriter(node.getOutputStream(), StandardCharsets.UTF_8));
    Thread reader = new Thread(this::readLines, "js-peer-" + node.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts a peer; {@code config} is what the peer's README documents. */
  public static JsPeer start(Map<String, Object> config) throws IOException {
    Path folder = JsInstall.folder();
    ProcessBuilder builder =
        new ProcessBuilder(
                "node",
                "--experimental-websocket",
                "--import",
                "./polyfill.mjs",
                "interop-peer.mjs",
                write(config))
            .directory(folder.toFile())
            .redirectError(folder.resolve("stderr.log").toFile());
    JsPeer peer = new JsPeer(builder.start());
    peer.awaitReady();
    return peer;
  }

  private void awaitReady() {
    ready.orTimeout(ANSWER_TIMEOUT_S, TimeUnit.SECONDS).join();
  }

  /** Its peer id. */
  public String peerId() {
    return String.valueOf(ready.join().get("peer"));
  }

  /** The first of its addresses that contains {@code part}, as {@code /quic-v1}. */
  public String address(String part) {
    return strings(ready.join().get("addrs")).stream()
        .filter(address -> address.contains(part))
        .findFirst()
        .orElseThrow();
  }

  /** Runs one of its operations and returns what it answers. */
  public Object call(String operation, Map<String, Object> arguments) {
    return callAsync(operation, arguments).orTimeout(ANSWER_TIMEOUT_S, TimeUnit.SECONDS).join();
  }

  /** The same without waiting. */
  public synchronized CompletableFuture<Object> callAsync(
      String operation, Map<String, Object> arguments) {
    int id = nextId++;
    CompletableFuture<Object> answer = new CompletableFuture<>();
    pending.put(id, answer);
    Map<String, Object> message = new LinkedHashMap<>(arguments);
    message.put("id", id);
    message.put("op", operation);
    try {
      input.write(write(message));
      input.newLine();
      input.flush();
    } catch (IOException e) {
      answer.completeExceptionally(e);
    }
    return answer;
  }

  /** Ends the process at once, as a crash would; {@link #close} does so and waits. */
  public void kill() {
    node.destroyForcibly();
  }

  @Override
  public void close() {
    node.destroyForcibly().onExit().join();
  }

  /** The items of a list among its answers. */
  public static List<String> strings(@Nullable Object list) {
    List<String> out = new ArrayList<>();
    if (list instanceof List<?> items) {
      items.forEach(item -> out.add(String.valueOf(item)));
    }
    return out;
  }

  private void readLines() {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(node.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        onLine(line);
      }
    } catch (IOException e) {
      ready.completeExceptionally(e);
    }
    IOException gone = new IOException("the js peer ended; see stderr.log beside it");
    ready.completeExceptionally(gone);
    pending.values().forEach(answer -> answer.completeExceptionally(gone));
  }

  private void onLine(String line) throws IOException {
    if (!(parse(line) instanceof Map<?, ?> raw)) {
      return;
    }
    Map<String, Object> message = new LinkedHashMap<>();
    raw.forEach((key, value) -> message.put(String.valueOf(key), value == null ? "" : value));
    if ("ready".equals(message.get("ev"))) {
      ready.complete(message);
    } else if (message.get("id") instanceof Number id) {
      CompletableFuture<Object> answer = pending.remove(id.intValue());
      if (answer != null && message.containsKey("err")) {
        answer.completeExceptionally(new IOException("js peer: " + message.get("err")));
      } else if (answer != null) {
        answer.complete(message.getOrDefault("ok", ""));
      }
    }
  }

  private static @Nullable Object parse(String line) throws IOException {
    try (JsonParser parser = JSON.createParser(line)) {
      parser.nextToken();
      return value(parser);
    }
  }

  private static @Nullable Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          parser.nextToken();
          map.put(key, value(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE, VALUE_FALSE -> parser.getBooleanValue();
      case VALUE_NULL -> null;
      default -> parser.getText();
    };
  }

  private static String write(Map<String, Object> map) {
    StringWriter out = new StringWriter();
    try (JsonGenerator generator = JSON.createGenerator(out)) {
      writeValue(generator, map);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  private static void writeValue(JsonGenerator out, Object value) throws IOException {
    if (value instanceof Map<?, ?> map) {
      out.writeStartObject();
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.writeFieldName(String.valueOf(entry.getKey()));
        writeValue(out, entry.getValue());
      }
      out.writeEndObject();
    } else if (value instanceof List<?> list) {
      out.writeStartArray();
      for (Object item : list) {
        writeValue(out, item);
      }
      out.writeEndArray();
    } else if (value instanceof Number number) {
      out.writeNumber(number.longValue());
    } else if (value instanceof Boolean bool) {
      out.writeBoolean(bool);
    } else {
      out.writeString(String.valueOf(value));
    }
  }
}
