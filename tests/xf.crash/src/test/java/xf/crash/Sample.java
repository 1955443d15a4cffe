package xf.crash;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Random;
import xf.event.EventLog;

/** A sound node's folder to make damaged copies of. */
final class Sample {
  final Path folder;
  final Ledger ledger = new Ledger();

  /** Appends so many batches and closes cleanly. */
  Sample(Path folder, long seed, int batches) {
    this.folder = folder;
    try (Node node = Node.open(folder)) {
      Workload workload = new Workload(node, new Random(seed));
      for (int i = 0; i < batches; i++) {
        workload.step(
            (log, batch, place) ->
                ledger.acknowledged(log, batch.index(place), Logs.id(batch, place, log)));
      }
      EventLog own = node.logs().get(0);
      node.index.checkpoint(own.id());
      node.index.catchUp().join();
    }
  }

  /** A copy to be damaged. */
  Path copy(Path to) {
    Scratch.copy(folder, to);
    return to;
  }

  static void flip(Path file, long at, int bits) throws IOException {
    try (RandomAccessFile damage = new RandomAccessFile(file.toFile(), "rw")) {
      damage.seek(at);
      int was = damage.read();
      damage.seek(at);
      damage.write(was ^ bits);
    }
  }

  static void cut(Path file, long length) throws IOException {
    try (RandomAccessFile damage = new RandomAccessFile(file.toFile(), "rw")) {
      damage.setLength(length);
    }
  }
}
