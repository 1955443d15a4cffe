package xf.store.lmdb;

import static xf.store.lmdb.StoreLog.LOG;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Loads LMDB from inside a bundle. lmdbjava finds its library through the thread's context class
 * loader, and unpacks it into the temporary folder, where a killed process leaves it; so the first
 * use happens with our class loader and with a folder of ours, which each open sweeps.
 */
final class NativeLibrary {
  private static final String EXTRACT_PROPERTY = "lmdbjava.extract.dir";

  private NativeLibrary() {}

  static <T> T with(Path folder, Supplier<T> firstUse) {
    Thread thread = Thread.currentThread();
    ClassLoader contextLoader = thread.getContextClassLoader();
    thread.setContextClassLoader(NativeLibrary.class.getClassLoader());
    boolean ours = System.getProperty(EXTRACT_PROPERTY) == null;
    Path unpacked = folder.resolve("native");
    if (ours) {
      sweep(unpacked);
      System.setProperty(EXTRACT_PROPERTY, unpacked.toString());
    }
    try {
      return firstUse.get();
    } finally {
      thread.setContextClassLoader(contextLoader);
      if (ours) {
        System.clearProperty(EXTRACT_PROPERTY);
      }
    }
  }

  /** Removes libraries that earlier processes left; the folder's lock is ours already. */
  private static void sweep(Path folder) {
    try {
      Files.createDirectories(folder);
      try (DirectoryStream<Path> left = Files.newDirectoryStream(folder)) {
        for (Path file : left) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      LOG.warn("{}: cannot be swept, old native libraries stay: {}", folder, e.toString());
    }
  }
}
