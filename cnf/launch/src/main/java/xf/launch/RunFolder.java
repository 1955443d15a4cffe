package xf.launch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What one process needs on disk while it runs: the framework's cache and the configurations it
 * starts with. Each process has its own below {@code data/run}, so that two never meet in a cache;
 * who holds its lock is alive, and what dead ones left is swept.
 */
final class RunFolder implements AutoCloseable {
  private final Path folder;
  private final FileChannel lockFile;

  private RunFolder(Path folder, FileChannel lockFile) {
    this.folder = folder;
    this.lockFile = lockFile;
  }

  static RunFolder create(Path data) throws IOException {
    Path all = Files.createDirectories(data.resolve("run"));
    sweep(all);
    Path folder = Files.createTempDirectory(all, "");
    FileChannel channel =
        FileChannel.open(
            folder.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = channel.lock();
    if (!lock.isValid()) {
      throw new IOException(folder + ": cannot be locked");
    }
    return new RunFolder(folder, channel);
  }

  private static void sweep(Path all) throws IOException {
    try (DirectoryStream<Path> folders = Files.newDirectoryStream(all)) {
      for (Path folder : folders) {
        if (isAbandoned(folder.resolve("lock"))) {
          delete(folder);
        }
      }
    }
  }

  private static boolean isAbandoned(Path lock) throws IOException {
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      return channel.tryLock() != null;
    } catch (NoSuchFileException | OverlappingFileLockException e) {
      return false; // being made just now
    }
  }

  Path folder() {
    return folder;
  }

  /** Writes a configuration where Configuration Admin looks when it starts. */
  void configure(String pid, Map<String, List<String>> properties) throws IOException {
    StringBuilder text = new StringBuilder();
    text.append("service.pid=").append(quote(pid)).append("\r\n");
    properties.forEach((k, v) -> text.append(k).append('=').append(value(v)).append("\r\n"));
    Path file = folder.resolve("config").resolve(pid.replace('.', '/') + ".config");
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, text);
  }

  /** One value as it is, any other number of them as a list. */
  private static String value(List<String> values) {
    return values.size() == 1
        ? quote(values.get(0))
        : values.stream().map(RunFolder::quote).collect(Collectors.joining(",", "[", "]"));
  }

  private static String quote(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\' || c == '=' || c == ' ') {
        quoted.append('\\');
      }
      quoted.append(c);
    }
    return quoted.append('"').toString();
  }

  @Override
  public void close() throws IOException {
    lockFile.close();
    delete(folder);
  }

  private static void delete(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> walk = Files.walk(folder)) {
      paths = walk.sorted(Comparator.reverseOrder()).toList();
    } catch (NoSuchFileException e) {
      return; // another process swept it
    }
    for (Path path : paths) {
      Files.deleteIfExists(path);
    }
  }
}
