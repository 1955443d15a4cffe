package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.PeerId;
import xf.multiformats.Varint;

/** Carries frames between nodes in virtual time, each after one delay; counts bytes and turns. */
final class Wire {
  static final long DELAY_NS = 1_000_000;

  private record Delivery(long atNs, Node to, SyncInput input, CompletableFuture<Void> after) {}

  private final Map<PeerId, Node> nodes = new LinkedHashMap<>();
  private final ArrayDeque<Delivery> inFlight = new ArrayDeque<>();
  final List<String> trace = new ArrayList<>();
  long nowNs;
  long bytes;
  long frames;

  /** What is looked at after each input. */
  Runnable afterEach = () -> {};

  Wire(Node... members) {
    for (Node node : members) {
      nodes.put(node.peer, node);
    }
  }

  void connect(Node from, Node to) {
    feed(from, new SyncInput.Opened(to.peer));
  }

  void disconnect(Node a, Node b) {
    inFlight.removeIf(
        d ->
            (d.to == a && d.input instanceof SyncInput.Frame f && f.peer().equals(b.peer))
                || (d.to == b && d.input instanceof SyncInput.Frame g && g.peer().equals(a.peer)));
    feed(a, new SyncInput.Closed(b.peer));
    feed(b, new SyncInput.Closed(a.peer));
  }

  void resetCounts() {
    bytes = 0;
    frames = 0;
    trace.clear();
  }

  void feed(Node node, SyncInput input) {
    for (SyncOutput output : node.state.handle(input, nowNs)) {
      perform(node, output);
    }
    afterEach.run();
  }

  private void perform(Node node, SyncOutput output) {
    if (output instanceof SyncOutput.Send send) {
      send(node, send);
    } else if (output instanceof SyncOutput.AwaitWritable await) {
      later(node, 0, new SyncInput.Writable(await.peer()));
    } else if (output instanceof SyncOutput.Commit commit) {
      SyncInput committed = new SyncInput.Committed(commit, null);
      inFlight.add(new Delivery(nowNs, node, committed, node.commit(commit)));
    } else if (output instanceof SyncOutput.Close close) {
      close.refusal().ifPresent(node.refusals::add);
      trace.add(name(node) + " closes: " + close.why());
      Node other = nodes.get(close.peer());
      later(node, 0, new SyncInput.Closed(close.peer()));
      if (other != null) {
        later(other, DELAY_NS, new SyncInput.Closed(node.peer));
      }
    } else if (output instanceof SyncOutput.KeepFork fork) {
      node.forks.keep(fork.evidence()).join();
      node.store.freeze(fork.evidence().log(), fork.reason());
    } else if (output instanceof SyncOutput.Freeze freeze) {
      node.store.freeze(freeze.log().id(), freeze.reason());
    } else if (output instanceof SyncOutput.ReadDone done) {
      node.reads.add(done);
    } else if (output instanceof SyncOutput.MemberProved proved) {
      node.members.add(proved.peer());
    }
  }

  private void send(Node from, SyncOutput.Send send) {
    Node to = nodes.get(send.peer());
    if (to == null) {
      return;
    }
    ByteBuffer frame = told(from, send.frame());
    if (frame == null) {
      return;
    }
    bytes += frame.remaining();
    frames++;
    Varint.get(frame);
    ByteBuffer body = frame.slice();
    if (trace.size() < 10_000) {
      trace.add(name(from) + ">" + name(to) + " " + describe(body) + " " + body.remaining());
    }
    if (decode(body) instanceof SyncMessage.Open open) {
      if (to.state.membership().holds(open, from.peer, to.peer)) {
        later(to, DELAY_NS, new SyncInput.Invited(from.peer, open));
      } else {
        later(from, DELAY_NS, new SyncInput.Closed(to.peer));
      }
    } else {
      later(to, DELAY_NS, new SyncInput.Frame(from.peer, body));
    }
  }

  private static @Nullable ByteBuffer told(Node from, ByteBuffer frame) {
    ByteBuffer copy = frame.duplicate();
    Varint.get(copy);
    SyncMessage message = decode(copy.slice());
    SyncMessage lie = from.lie.apply(message);
    return lie == null ? null : lie == message ? frame : SyncCodec.encode(lie);
  }

  private static @Nullable SyncMessage decode(ByteBuffer body) {
    return SyncCodec.decode(body.duplicate());
  }

  private static String describe(ByteBuffer body) {
    return decode(body).getClass().getSimpleName();
  }

  private String name(Node node) {
    return String.valueOf((char) ('A' + List.copyOf(nodes.keySet()).indexOf(node.peer)));
  }

  /** Sends raw bytes as a frame's body. */
  void inject(Node from, Node to, ByteBuffer body) {
    feed(to, new SyncInput.Frame(from.peer, body));
  }

  private void later(Node node, long delayNs, SyncInput input) {
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    inFlight.add(new Delivery(nowNs + delayNs, node, input, done));
  }

  /** Runs until nothing is under way; how many one-way delays passed. */
  int settle() {
    long start = nowNs;
    while (!inFlight.isEmpty()) {
      Delivery next = inFlight.peek();
      for (Delivery each : inFlight) {
        if (each.atNs < next.atNs) {
          next = each;
        }
      }
      inFlight.remove(next);
      nowNs = Math.max(nowNs, next.atNs);
      feed(next.to, outcome(next));
    }
    return (int) ((nowNs - start) / DELAY_NS);
  }

  /** What is told once a commit is durable, or has failed. */
  private static SyncInput outcome(Delivery delivery) {
    try {
      delivery.after.join();
      return delivery.input;
    } catch (CompletionException e) {
      return delivery.input instanceof SyncInput.Committed committed
          ? new SyncInput.Committed(committed.commit(), e.getCause())
          : delivery.input;
    }
  }

  /** Lets time pass with ticks. */
  void pass(long ms) {
    for (long t = 0; t < ms; t += 100) {
      nowNs += 100_000_000;
      for (Node node : nodes.values()) {
        feed(node, new SyncInput.Tick());
      }
      settle();
    }
  }
}
