package xf.gossip.sync;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.event.LogName;
import xf.event.StreamClass;
import xf.gossip.net.PeerId;
import xf.merkle.TreeHasher;

/** What the parts of one group's machine share: the world it was given, and what it wants done. */
final class Context {
  final GroupId group;
  final PeerId self;
  final Membership membership;
  final Replica replica;
  final SyncLimits limits;
  final RandomGenerator random;
  final Signatures signatures;
  final HeadTable heads = new HeadTable();
  final TreeHasher hasher = new TreeHasher();
  final SaltedRoom salted = new SaltedRoom();
  private List<SyncOutput> outputs = new ArrayList<>();
  private @Nullable Set<String> topics;
  private long nowNs;
  private @Nullable Ride lastRide;

  /** Events that rode with the head of a revision: most members lack the same. */
  private record Ride(long revision, SyncMessage.Run run) {}

  Context(
      GroupSecret secret,
      PeerId self,
      Replica replica,
      SyncLimits limits,
      RandomGenerator random,
      Signatures signatures) {
    this.group = secret.id();
    this.self = self;
    this.membership = new Membership(secret);
    this.replica = replica;
    this.limits = limits;
    this.random = random;
    this.signatures = signatures;
  }

  long nowNs() {
    return nowNs;
  }

  void setNow(long ns) {
    nowNs = ns;
  }

  void emit(SyncOutput output) {
    outputs.add(output);
  }

  List<SyncOutput> takeOutputs() {
    List<SyncOutput> taken = outputs;
    outputs = new ArrayList<>();
    return taken;
  }

  /** The events up to a head as they were packed for the peer before, if they were. */
  SyncMessage.@Nullable Run lastRide(HeadTable.Entry entry, long from) {
    Ride ride = lastRide;
    if (ride == null || ride.revision() != entry.revision() || ride.run().from() != from) {
      return null;
    }
    return ride.run();
  }

  void rememberRide(HeadTable.Entry entry, SyncMessage.Run run) {
    lastRide = new Ride(entry.revision(), run);
  }

  void subscribe(@Nullable Set<String> wanted) {
    topics = wanted == null ? null : Set.copyOf(wanted);
  }

  /** System and identity logs always; topics that were asked for. */
  boolean isSubscribed(LogName name) {
    Set<String> wanted = topics;
    return name.streamClass() != StreamClass.TOPIC
        || wanted == null
        || wanted.contains(name.topic());
  }

  byte[] nonce() {
    byte[] nonce = new byte[SyncCodec.SHORT_BYTES];
    random.nextBytes(nonce);
    return nonce;
  }
}
