package xf.store.lmdb;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.store.StoreException;

/**
 * One process, and one component of it, to a store: two appenders would tear each other's logs
 * apart.
 *
 * <p>Two files, because closing any descriptor of a file gives up all locks that the process has on
 * it (fcntl(2)): a second component that tried the one lock and went away would leave the folder
 * open to other processes. It tries the first lock only, which this virtual machine knows to be
 * held; the second, which other processes see, it never touches.
 */
final class FolderLock implements AutoCloseable {
  private static final String COMPONENT_FILE = "component.lock";
  private static final String PROCESS_FILE = "store.lock";

  private final FileChannel component;
  private final FileChannel process;

  private FolderLock(FileChannel component, FileChannel process) {
    this.component = component;
    this.process = process;
  }

  static FolderLock take(Path folder) {
    FileChannel component = lock(folder, COMPONENT_FILE);
    try {
      return new FolderLock(component, lock(folder, PROCESS_FILE));
    } catch (RuntimeException e) {
      close(component);
      throw e;
    }
  }

  private static FileChannel lock(Path folder, String file) {
    FileChannel channel = open(folder, file);
    boolean taken = false;
    try {
      taken = tryLock(channel) != null;
    } catch (IOException e) {
      throw new StoreException(
          ErrorCode.IO, folder.resolve(file) + ": cannot be locked: " + e.getMessage(), e);
    } finally {
      if (!taken) {
        close(channel);
      }
    }
    if (!taken) {
      throw new StoreException(
          ErrorCode.IN_USE,
          folder
              + ": another process or component has this store open; stop it, or use another"
              + " folder");
    }
    return channel;
  }

  private static FileChannel open(Path folder, String file) {
    try {
      Files.createDirectories(folder);
      return FileChannel.open(
          folder.resolve(file), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new StoreException(
          ErrorCode.IO, folder + ": cannot be written (" + e + "); check its permissions", e);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null; // another component of this very process
    }
  }

  @Override
  public void close() {
    close(process);
    close(component);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new StoreException(ErrorCode.IO, "store lock: " + e.getMessage(), e);
    }
  }
}
