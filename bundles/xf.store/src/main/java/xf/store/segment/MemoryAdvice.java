package xf.store.segment;

import com.kenai.jffi.MemoryIO;
import java.nio.ByteBuffer;
import jnr.ffi.LibraryLoader;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the kernel how a segment is read, where there is a C library that takes the advice. Says
 * once in the log what is in use.
 */
final class MemoryAdvice {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryAdvice.class);
  private static final int MADV_RANDOM = 1;

  private final @Nullable LibC libC;
  private final boolean lockPages;
  private final String inUse;
  private volatile boolean limitReached;

  /** The calls we use; public for the stub that implements it. */
  public interface LibC {
    /** madvise(2). */
    int madvise(long address, long length, int advice);

    /** mlock(2). */
    int mlock(long address, long length);
  }

  private MemoryAdvice(@Nullable LibC libC, boolean lockPages, String inUse) {
    this.libC = libC;
    this.lockPages = lockPages;
    this.inUse = inUse;
    LOG.debug("page segments: {}", inUse);
  }

  /**
   * What this platform has.
   *
   * @param lockPages whether pages that are written are to stay in memory
   */
  static MemoryAdvice ofPlatform(boolean lockPages) {
    String os = System.getProperty("os.name", "");
    if (!os.startsWith("Linux")) {
      return new MemoryAdvice(null, false, "no memory advice on " + os);
    }
    Thread thread = Thread.currentThread();
    ClassLoader contextLoader = thread.getContextClassLoader();
    thread.setContextClassLoader(MemoryAdvice.class.getClassLoader());
    try {
      LibC libC = LibraryLoader.create(LibC.class).load("c");
      String calls = lockPages ? "madvise(random), mlock" : "madvise(random)";
      return new MemoryAdvice(libC, lockPages, calls);
    } catch (LinkageError | RuntimeException e) {
      return new MemoryAdvice(null, false, "no memory advice: " + e);
    } finally {
      thread.setContextClassLoader(contextLoader);
    }
  }

  /** The map is read here and there: reading ahead would evict what others need. */
  void randomAccess(ByteBuffer map) {
    if (libC != null) {
      long address = MemoryIO.getInstance().getDirectBufferAddress(map);
      int result = libC.madvise(address, map.capacity(), MADV_RANDOM);
      LOG.trace("madvise gave {}", result); // advice: a refusal changes nothing
    }
  }

  /** Keeps a written page in memory, as long as the limit of the process (ulimit -l) allows. */
  void keepInMemory(ByteBuffer map, int offset, int length) {
    if (libC == null || !lockPages || limitReached) {
      return;
    }
    long address = MemoryIO.getInstance().getDirectBufferAddress(map) + offset;
    if (libC.mlock(address, length) != 0) {
      limitReached = true;
      LOG.warn("page segments: no more pages are locked in memory, the limit is reached");
    }
  }

  String inUse() {
    return limitReached ? inUse + " (limit reached)" : inUse;
  }
}
