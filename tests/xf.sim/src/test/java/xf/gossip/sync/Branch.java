package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import xf.event.EventDescriptor;
import xf.event.Hash;
import xf.event.LogId;
import xf.event.Signer;
import xf.event.StreamClass;
import xf.merkle.Checkpoint;
import xf.merkle.ProofPlan;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;

/** One history of a log with all nodes of its tree, and the checkpoints that were signed of it. */
final class Branch {
  private final LogId log;
  private final Signer signer;
  private final TreeHasher hasher;
  private final List<ByteBuffer> events = new ArrayList<>();
  private final List<List<byte[]>> levels = new ArrayList<>();
  private final TreeMap<Long, Checkpoint> signed = new TreeMap<>();
  private long lastHlc;

  Branch(LogId log, Signer signer, TreeHasher hasher) {
    this.log = log;
    this.signer = signer;
    this.hasher = hasher;
  }

  Branch copy(long size) {
    Branch copy = new Branch(log, signer, hasher);
    for (long index = 0; index < size; index++) {
      copy.add(event(index).array());
    }
    copy.signed.putAll(signed.headMap(size, true));
    copy.lastHlc = lastHlc;
    return copy;
  }

  long size() {
    return events.size();
  }

  /** Writes an event; {@code hlcStep} after the one before. */
  void publish(StreamClass streamClass, byte[] payload, long hlcStep) {
    lastHlc += hlcStep;
    byte[] bytes = new byte[EventDescriptor.HEADER_BYTES + payload.length];
    ByteBuffer event = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    event.put(EventDescriptor.VERSION_OFFSET, (byte) EventDescriptor.VERSION);
    event.put(EventDescriptor.CLASS_OFFSET, (byte) streamClass.code());
    event.putInt(EventDescriptor.PAYLOAD_LENGTH_OFFSET, payload.length);
    event.putLong(EventDescriptor.INDEX_OFFSET, events.size());
    event.putLong(EventDescriptor.HLC_OFFSET, lastHlc);
    event.put(EventDescriptor.HEADER_BYTES, payload);
    add(bytes);
  }

  private void add(byte[] event) {
    events.add(ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN));
    byte[] node = hasher.leaf(event).toByteArray();
    for (int level = 0; ; level++) {
      if (levels.size() == level) {
        levels.add(new ArrayList<>());
      }
      List<byte[]> row = levels.get(level);
      row.add(node);
      if (row.size() % 2 == 1) {
        return;
      }
      byte[] parent = new byte[Hash.LENGTH_BYTES];
      hasher.node(row.get(row.size() - 2), 0, node, 0, parent, 0);
      node = parent;
    }
  }

  ByteBuffer event(long index) {
    return events.get((int) index);
  }

  void node(int level, long index, byte[] out, int at) {
    System.arraycopy(levels.get(level).get((int) index), 0, out, at, Hash.LENGTH_BYTES);
  }

  Hash rootAt(long size) {
    return size == 0 ? TreeHasher.EMPTY_ROOT : ProofPlan.root(size).buildRoot(this::node, hasher);
  }

  /** The author's checkpoint of a size, signed now if it was not before. */
  Checkpoint sign(long size) {
    return signed.computeIfAbsent(
        size, each -> Checkpoint.sign(signer, log, new TreeHead(size, rootAt(size))));
  }

  /** The checkpoint of a size, if its author ever signed one. */
  Optional<Checkpoint> signed(long size) {
    return Optional.ofNullable(signed.get(size));
  }
}
