package xf.bench.sync;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import xf.bench.Figures;
import xf.event.Durability;
import xf.event.EventBatch;

/** The lines of a JSON lines file, plain or gzipped, as events of a device's own logs by topic. */
final class FileEvents {
  private static final Pattern TOPIC = Pattern.compile("\"topic\"\\s*:\\s*\"([^\"\\\\]{1,200})\"");
  private static final int BATCH = 1_000;

  private FileEvents() {}

  static void append(SyncNode node, Path file, Figures figures) throws IOException {
    long events = 0;
    long bytes = 0;
    EventBatch batch = new EventBatch(BATCH);
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(open(file), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher topic = TOPIC.matcher(line);
        byte[] payload = line.getBytes(StandardCharsets.UTF_8);
        String name = topic.find() ? topic.group(1) : "events";
        batch.add(node.log(name), 0, ByteBuffer.wrap(payload), 0, payload.length);
        events++;
        bytes += payload.length;
        if (batch.size() == BATCH) {
          node.store.append(batch, Durability.DURABLE).join();
          batch = new EventBatch(BATCH);
        }
      }
    }
    if (batch.size() > 0) {
      node.store.append(batch, Durability.DURABLE).join();
    }
    node.index.catchUp().join();
    figures.add("fill.events", (double) events);
    figures.add("fill.bytes", bytes / (double) Math.max(1, events));
  }

  private static InputStream open(Path file) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    in.mark(2);
    int magic = in.read() | in.read() << 8;
    in.reset();
    return magic == GZIPInputStream.GZIP_MAGIC ? new GZIPInputStream(in, 1 << 16) : in;
  }
}
