package xf.merkle.index;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.NodeReader;
import xf.merkle.Tile;
import xf.store.Progress;

/**
 * Writes a log as static files in the layout of C2SP tlog-tiles: tiles of hashes, bundles of
 * entries (each with its length, u16 big-endian), and last of all the checkpoint, so that a reader
 * who finds it finds everything it covers.
 */
final class TileExport {
  private static final String CHECKPOINT = "checkpoint";

  private final EventLog log;
  private final NodeReader nodes;
  private final Path folder;

  TileExport(EventLog log, NodeReader nodes, Path folder) {
    this.log = log;
    this.nodes = nodes;
    this.folder = folder;
  }

  void write(Checkpoint checkpoint, Consumer<Progress> progress) {
    long size = checkpoint.head().size();
    List<Tile> tiles = Tile.added(0, size);
    try {
      requireEmpty();
      for (int i = 0; i < tiles.size(); i++) {
        Tile tile = tiles.get(i);
        write(tile.path(), tile.hashes(nodes));
        if (tile.level() == 0) {
          Tile entries = new Tile(tile.height(), Tile.ENTRIES, tile.index(), tile.width());
          write(entries.path(), bundle(entries));
        }
        progress.accept(new Progress(i + 1, tiles.size()));
      }
      write(CHECKPOINT, checkpoint.toNote().toBytes());
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, folder + ": cannot be written (" + e + ")", e);
    }
  }

  private void requireEmpty() throws IOException {
    Files.createDirectories(folder);
    try (var files = Files.list(folder)) {
      if (files.findAny().isPresent()) {
        throw new XfException(
            ErrorCode.IN_USE, folder + ": is not empty; name a folder that is new or empty");
      }
    }
  }

  private byte[] bundle(Tile entries) {
    ByteArrayOutputStream bundle = new ByteArrayOutputStream();
    long first = entries.index() << Tile.HEIGHT;
    log.scan(
        first,
        (each, position, event) -> {
          add(bundle, event);
          return event.index() + 1 < first + entries.width();
        });
    return bundle.toByteArray();
  }

  private static void add(ByteArrayOutputStream bundle, EventView event) {
    bundle.write(event.lengthBytes() >>> Byte.SIZE);
    bundle.write(event.lengthBytes());
    bundle.writeBytes(event.copyBytes());
  }

  private void write(String path, byte[] content) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }
}
