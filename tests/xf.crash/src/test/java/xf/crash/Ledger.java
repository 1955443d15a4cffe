package xf.crash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import xf.event.EventLog;
import xf.event.EventView;
import xf.event.Hash;
import xf.merkle.CompactRange;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/** What was acknowledged: the id of every event, by log. Kept outside of what is tested. */
final class Ledger {
  private final List<List<Hash>> ids = new ArrayList<>();

  Ledger() {
    for (int i = 0; i < Logs.COUNT; i++) {
      ids.add(new ArrayList<>());
    }
  }

  private Ledger(Ledger other) {
    other.ids.forEach(each -> ids.add(new ArrayList<>(each)));
  }

  synchronized Ledger copy() {
    return new Ledger(this);
  }

  synchronized void acknowledged(int log, long index, Hash id) {
    List<Hash> known = ids.get(log);
    assertEquals(known.size(), index, "acknowledged out of order in log " + log);
    known.add(id);
  }

  synchronized long size(int log) {
    return ids.get(log).size();
  }

  /**
   * What must hold whatever happened: all that was acknowledged is there, unchanged; roots are what
   * these events give; nothing is frozen; a check of everything finds nothing. Events that were
   * stored but not acknowledged may be there; from now on they have to stay.
   */
  void assertHolds(Node node) {
    assertHoldsApartFromFailures(node);
    assertEquals(0, node.index.stats().failures(), () -> node.index.stats().lastFailure());
  }

  /** The same where the index was made to fail and try again. */
  void assertHoldsApartFromFailures(Node node) {
    List<EventLog> logs = node.logs();
    for (int number = 0; number < Logs.COUNT; number++) {
      EventLog log = logs.get(number);
      List<Hash> known = ids.get(number);
      assertTrue(
          log.size() >= known.size(), log + ": " + log.size() + " events of " + known.size());
      assertTrue(log.frozen().isEmpty(), log + ": " + log.frozen());
      long end = log.scan(0, (each, position, event) -> same(known, event));
      assertEquals(log.size(), end, log + ": last event scanned");
      assertEquals(known.size(), end, log + ": an event differs from what was acknowledged");
      assertEquals(head(known), log.size() == 0 ? head(known) : node.index.head(log.id()));
    }
    assertEquals(List.of(), node.problems());
  }

  private static boolean same(List<Hash> known, EventView event) {
    Hash id = event.copyId();
    if (event.index() == known.size()) {
      known.add(id);
    }
    assertEquals(known.get((int) event.index()), id, "event " + event.index());
    return true;
  }

  private static TreeHead head(List<Hash> ids) {
    TreeHasher hasher = new TreeHasher();
    CompactRange range = new CompactRange();
    ids.forEach(id -> range.append(hasher, id.toByteArray(), 0));
    return new TreeHead(range.size(), range.root(hasher));
  }
}
