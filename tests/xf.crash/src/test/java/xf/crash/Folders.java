package xf.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** {@link Scratch} for tests in the packages they look into. */
public final class Folders {
  private Folders() {}

  /** A new folder, in memory where the machine has it. */
  public static Path make(String name) {
    try {
      return Scratch.folder(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a folder and all in it. */
  public static void delete(Path folder) {
    Scratch.delete(folder);
  }
}
