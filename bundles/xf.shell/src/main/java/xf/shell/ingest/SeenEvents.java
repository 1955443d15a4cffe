package xf.shell.ingest;

/**
 * Where the events of this import are, by the id their source gave them. Keeps at least the last
 * {@code capacity} of them: when a table is full it becomes the old one, and what was in the old
 * one is forgotten. The same file is always forgotten in the same way.
 */
final class SeenEvents {
  private final int capacity;
  private PlaceTable young = new PlaceTable();
  private PlaceTable old = new PlaceTable();

  SeenEvents(int capacity) {
    this.capacity = capacity;
  }

  /** The place of an id, or 0. */
  long get(long high, long low) {
    long place = young.get(high, low);
    return place != 0 ? place : old.get(high, low);
  }

  /** The check word of an id, or 0. */
  long check(long high, long low) {
    return young.get(high, low) != 0 ? young.check(high, low) : old.check(high, low);
  }

  void put(long high, long low, long place, long check) {
    if (young.size() >= capacity) {
      PlaceTable forgotten = old;
      old = young;
      young = forgotten;
      young.clear();
    }
    young.put(high, low, place, check);
  }
}
