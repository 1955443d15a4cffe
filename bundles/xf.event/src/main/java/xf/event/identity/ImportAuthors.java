package xf.event.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * Under which labels keys were derived: an append-only text file, one line for each, {@code <CRC32C
 * of the rest> <author in hex> <label>}. It holds nothing secret; the author is there so that
 * opening it needs no arithmetic on curves.
 *
 * <p>A crash in an append leaves at most a last line without its end, whose key was promised to
 * nobody: it is cut off on open.
 */
final class ImportAuthors {
  private static final int MAX_FILE_BYTES = 1 << 28;
  private static final int AUTHOR_START = 9;
  private static final int LABEL_START = AUTHOR_START + 65;

  private final Path file;

  ImportAuthors(Path file) {
    this.file = file;
  }

  /** A line of the file. */
  record Entry(String label, AuthorKey author) {}

  /** Gives every entry to {@code entries} and cuts off a torn last line. */
  void load(BiConsumer<String, AuthorKey> entries) {
    if (!Files.exists(file)) {
      return;
    }
    try {
      long size = Files.size(file);
      if (size > MAX_FILE_BYTES) {
        throw damaged(0, size + " bytes are more than " + MAX_FILE_BYTES);
      }
      byte[] bytes = Files.readAllBytes(file);
      int end = readLines(bytes, entries);
      if (end < bytes.length) {
        truncate(end);
      }
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, file + ": " + SecretFile.reason(e), e);
    }
  }

  private int readLines(byte[] bytes, BiConsumer<String, AuthorKey> entries) {
    int start = 0;
    int number = 1;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        Entry entry = parse(new String(bytes, start, i - start, StandardCharsets.UTF_8), number++);
        entries.accept(entry.label(), entry.author());
        start = i + 1;
      }
    }
    return start;
  }

  private Entry parse(String line, int number) {
    if (line.length() <= LABEL_START
        || line.charAt(AUTHOR_START - 1) != ' '
        || line.charAt(LABEL_START - 1) != ' ') {
      throw damaged(number, "is not a checksum, an author and a label");
    }
    String rest = line.substring(AUTHOR_START);
    if (!line.startsWith(crc(rest))) {
      throw damaged(number, "has a wrong checksum");
    }
    AuthorKey author = AuthorKey.ofHex(line.substring(AUTHOR_START, LABEL_START - 1));
    return new Entry(line.substring(LABEL_START), author);
  }

  private XfException damaged(int line, String problem) {
    return new XfException(
        ErrorCode.BAD_FORMAT,
        file
            + " line "
            + line
            + " "
            + problem
            + ": restore the file, or remove it and import again, which writes it anew");
  }

  /** Appends entries and makes them durable with one fsync. */
  void append(List<Entry> entries) {
    StringBuilder text = new StringBuilder();
    for (Entry entry : entries) {
      String rest = entry.author().toHex() + " " + entry.label();
      text.append(crc(rest)).append(' ').append(rest).append('\n');
    }
    try {
      boolean isNew = !Files.exists(file);
      write(ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
      Path folder = file.getParent();
      if (isNew && folder != null) {
        SecretFile.syncFolder(folder);
      }
    } catch (IOException e) {
      throw new XfException(
          ErrorCode.IO, file + ": labels cannot be kept: " + SecretFile.reason(e), e);
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      long end = channel.size();
      try {
        channel.position(end);
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
        channel.force(true);
      } catch (IOException e) {
        channel.truncate(end); // a full disk must not leave half a line before the next one
        throw e;
      }
    }
  }

  private void truncate(int end) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(end);
      channel.force(true);
    }
  }

  private static String crc(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }
}
