package xf.store.service;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.osgi.framework.BundleContext;
import xf.event.ErrorCode;
import xf.store.StoreException;

/** Where the folders of a node are. */
final class Folders {
  /** Framework property: the node's data folder. */
  private static final String DATA_PROPERTY = "xf.data";

  private static final String DEFAULT_DATA = "data";

  private Folders() {}

  static Path of(BundleContext context, String key, String configured, String name) {
    if (!configured.isEmpty()) {
      return path(key, configured);
    }
    String data = context.getProperty(DATA_PROPERTY);
    return path(DATA_PROPERTY, data == null ? DEFAULT_DATA : data).resolve(name);
  }

  private static Path path(String key, String text) {
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new StoreException(
          ErrorCode.BAD_CONFIGURATION, key + " = " + text + ": not a path: " + e.getMessage(), e);
    }
  }
}
