package xf.gossip.sync;

/** A stream between two members, both ways; a new one has nothing of an old one. */
final class SimLink {
  final SimMember dialler;
  final SimMember other;
  private final Pipe there = new Pipe();
  private final Pipe back = new Pipe();
  boolean isOpen = true;

  /** Whether the other side has accepted the group that was named. */
  boolean isNamed;

  /** One direction: in order, of bounded length. */
  static final class Pipe {
    long dueNs;
    long bytes;
    int frames;
    boolean isAwaited;
  }

  SimLink(SimMember dialler, SimMember other) {
    this.dialler = dialler;
    this.other = other;
  }

  SimMember far(SimMember near) {
    return near == dialler ? other : dialler;
  }

  Pipe from(SimMember near) {
    return near == dialler ? there : back;
  }
}
