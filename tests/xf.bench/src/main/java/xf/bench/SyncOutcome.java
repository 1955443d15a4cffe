package xf.bench;

/** What two devices are compared by; filled as it is measured. */
final class SyncOutcome {
  /** Of the first fresh device: {@code rate}, {@code wire.in}, {@code wire.out}. */
  final Figures cold = new Figures();

  /** The same of the later ones. */
  final Figures warm = new Figures();

  Figures tenNew = new Figures();
  Figures holes = new Figures();
  double residentMiB = Double.NaN;

  /** Adds what the replication to a fresh device gave. */
  void addReplication(boolean isFirst, Figures figures) {
    Figures kept = isFirst ? cold : warm;
    for (String name : new String[] {"rate", "wire.in", "wire.out"}) {
      kept.add(name, figures.median(name));
    }
  }

  void addMemory(Figures from, Figures to) {
    residentMiB = Math.max(from.median("rss.peak"), to.median("rss.peak"));
  }

  /** Bytes on the wire, both ways. */
  static double wire(Figures moved) {
    return moved.median("wire.in") + moved.median("wire.out");
  }
}
