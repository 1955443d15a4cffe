package xf.crash;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Folders to break things in: in memory where the machine has it, as nothing here cuts power. */
final class Scratch {
  /** Whether the long form of the tests is asked for. */
  static final boolean SOAK = Boolean.getBoolean("xf.soak");

  /**
   * How long one test of a soak run may go on: {@code -Dxf.soak.seconds}, or for all its cycles.
   */
  static final long SOAK_SECONDS = Long.getLong("xf.soak.seconds", Long.MAX_VALUE);

  private static final int BLOCK_BYTES = 16_384;

  private Scratch() {}

  static Path folder(String name) throws IOException {
    Path memory = Path.of("/dev/shm");
    return Files.isWritable(memory)
        ? Files.createTempDirectory(memory, "xf-" + name)
        : Files.createTempDirectory("xf-" + name);
  }

  /** The seed to start from: {@code -Dxf.seed}, or a new one. */
  static long seed() {
    return Long.getLong("xf.seed", System.nanoTime());
  }

  /** A generator whose first numbers differ from those of the seed's neighbours. */
  static Random random(long seed) {
    return new Random(seed * 0x9E3779B97F4A7C15L);
  }

  /** Copies a folder, holes as holes; lock files and unpacked libraries stay where they are. */
  static void copy(Path from, Path to) {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else if (!file.toString().endsWith("lock.mdb")
            && !file.toString().endsWith(".lock")
            && !file.toString().endsWith(".so")) {
          copyFile(file, target);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copyFile(Path from, Path to) throws IOException {
    byte[] block = new byte[BLOCK_BYTES];
    try (RandomAccessFile in = new RandomAccessFile(from.toFile(), "r");
        RandomAccessFile out = new RandomAccessFile(to.toFile(), "rw")) {
      out.setLength(in.length());
      boolean isSegment = from.toString().endsWith(".seg");
      for (long at = 0; at < in.length(); at += BLOCK_BYTES) {
        in.seek(at);
        int length = in.read(block);
        if (!isZero(block)) {
          out.seek(at);
          out.write(block, 0, length);
        } else if (isSegment && at > 0 && in.length() - at > BLOCK_BYTES) {
          at = in.length() - 2L * BLOCK_BYTES; // no page is behind one that is not written
        }
      }
    }
    if (Files.getFileStore(from).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(to, Files.getPosixFilePermissions(from));
    }
  }

  private static boolean isZero(byte[] block) {
    for (byte each : block) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  static void delete(Path tree) {
    if (!Files.exists(tree)) {
      return;
    }
    try (Stream<Path> files = Files.walk(tree)) {
      List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
      for (Path file : deepestFirst) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
