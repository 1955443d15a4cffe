package xf.gossip.sync;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.LogId;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.gossip.Refusal;
import xf.gossip.SessionInfo;
import xf.gossip.net.PeerId;

/**
 * One talk with one peer: proves membership, keeps account of what the peer was told, sends what
 * waits in its lane as fast as the stream takes it, and adds up what it does wrong.
 */
final class PeerSession {
  /** What the peer has of a log is not known: its head is sent without events. */
  static final long UNKNOWN = -1;

  private static final int BURST_BYTES = 256 << 10;

  /** How long a peer counts as slow: what it can hold up once is little of that. */
  private static final int SLOW_TIMEOUTS = 60;

  private static final String NO_PROOF = "its proof of membership does not hold";

  private final Context context;
  private final PeerId peer;
  private final boolean initiator;
  private final byte[] nonce;
  private byte @Nullable [] peerNonce;
  private byte @Nullable [] peerDigest;
  private SessionInfo.State state = SessionInfo.State.PROVING;
  private final long startedNs;

  /** Sizes up to which the peer was told of logs, or told us; logs as of the last match are not. */
  private final Map<LogId, Long> told = new HashMap<>();

  /** Logs that forked, of which the peer is to be sent the evidence. */
  private final Map<LogId, byte[]> evidenceDue = new HashMap<>();

  final Lane lane = new Lane();
  private final Server server;
  private boolean writable = true;
  private final TokenBucket signatures;
  private final TokenBucket newLogs;
  private long slowUntilNs;
  private boolean hasPassedOver;
  private boolean askedForAll;
  private boolean hasToldAll;
  private boolean checkDue;
  private boolean closed;
  private boolean lastWasIn = true;
  private long bytesIn;
  private long bytesOut;
  private long framesIn;
  private long framesOut;
  private long turns;
  private long eventsIn;
  private int penaltyPoints;
  private String lastRefusal = "";

  PeerSession(Context context, PeerId peer, boolean initiator) {
    this.context = context;
    this.peer = peer;
    this.initiator = initiator;
    this.nonce = context.nonce();
    this.startedNs = context.nowNs();
    this.slowUntilNs = startedNs; // the clock may count from below 0
    this.server = new Server(context, this);
    SyncLimits limits = context.limits;
    this.signatures = new TokenBucket(limits.signatures(), limits.signatureNs(), startedNs);
    this.newLogs = new TokenBucket(limits.newLogs(), limits.newLogNs(), startedNs);
  }

  PeerId peer() {
    return peer;
  }

  boolean isInitiator() {
    return initiator;
  }

  boolean isProved() {
    return state != SessionInfo.State.PROVING;
  }

  boolean isClosed() {
    return closed;
  }

  SessionInfo.State state() {
    return state;
  }

  void setState(SessionInfo.State next) {
    state = next;
  }

  int maxFrameBytes() {
    return isProved() ? SyncCodec.MAX_FRAME_BYTES : SyncCodec.MAX_FIRST_FRAME_BYTES;
  }

  // ---- membership

  /** The dialling side names the group, proves that it is a member and shows its digest. */
  void open() {
    send(context.membership.open(context.self, peer, nonce, context.heads.digest()));
  }

  /** The other side answers in kind; whether the dialling one is a member. */
  boolean onOpen(SyncMessage.Open open) {
    if (!context.membership.holds(open, peer, context.self)) {
      refuse(Refusal.NOT_A_MEMBER, NO_PROOF);
      return false;
    }
    peerNonce = open.nonce();
    peerDigest = open.digest();
    byte[] digest = context.heads.digest();
    send(context.membership.accept(context.self, peer, nonce, open.nonce(), digest));
    return proved();
  }

  /** Whether the side that was dialled is a member. */
  boolean onAccept(SyncMessage.Accept accept) {
    if (!context.membership.holds(accept, peer, context.self, nonce)) {
      refuse(Refusal.NOT_A_MEMBER, NO_PROOF);
      return false;
    }
    peerNonce = accept.nonce();
    peerDigest = accept.digest();
    return proved();
  }

  private boolean proved() {
    state = SessionInfo.State.COMPARING;
    context.emit(new SyncOutput.MemberProved(peer));
    return true;
  }

  /** Silence costs the session, no more: a member may be slow, cut off or asleep. */
  void checkDeadline() {
    if (!isProved()
        && !closed
        && context.nowNs() - startedNs > context.limits.membershipTimeoutNs()) {
      closed = true;
      context.emit(
          new SyncOutput.Close(peer, Optional.empty(), "no proof of membership came in time"));
    }
  }

  /** Our heads in one value that only this peer can compare with its own. */
  byte[] blindedDigest() {
    return context.membership.blind(context.heads.digest(), context.self, peer, nonce);
  }

  /** Whether the peer's last digest is that of our heads as they are now. */
  boolean isInStep() {
    byte[] theirs = peerNonce;
    byte[] digest = peerDigest;
    return theirs != null
        && digest != null
        && MessageDigest.isEqual(
            digest, context.membership.blind(context.heads.digest(), peer, context.self, theirs));
  }

  void setPeerDigest(byte[] digest) {
    peerDigest = digest;
  }

  /** Asks, once, for a sign that all heads the peer wants to push have been sent. */
  void askForAll() {
    if (!askedForAll) {
      askedForAll = true;
      send(new SyncMessage.Check(blindedDigest(), true));
    }
  }

  boolean isAskingForAll() {
    return askedForAll && !hasToldAll;
  }

  /** Whether an answer was the sign that was asked for; it is awaited once. */
  boolean toldAll() {
    boolean was = isAskingForAll();
    hasToldAll |= was;
    return was;
  }

  /** Answers with our digest, after the heads that wait to be pushed. */
  void answerCheck() {
    if (lane.pushCount() == 0) {
      checkDue = false;
      send(new SyncMessage.Check(blindedDigest(), false));
    } else {
      checkDue = true;
    }
  }

  /** Both nonces, the dialling side's first: what salts the ids of heads. */
  byte[] salt() {
    byte[] theirs = peerNonce;
    if (theirs == null) {
      throw new IllegalStateException("no salt before membership is proved");
    }
    ByteBuffer salt = ByteBuffer.allocate(2 * SyncCodec.SHORT_BYTES);
    return initiator ? salt.put(nonce).put(theirs).array() : salt.put(theirs).put(nonce).array();
  }

  // ---- what the peer knows

  /**
   * The peer has so much of a log, or was told that we have. Nothing is remembered of more logs
   * than are here or may be on their way: of those that a peer names there is no end.
   */
  void noteTold(LogId log, long size) {
    int most = context.heads.size() + context.limits.pendingLogs();
    if (told.size() < most || told.containsKey(log)) {
      told.merge(log, size, Math::max);
    }
  }

  /** Logs of which it is known what the peer has. */
  int toldCount() {
    return told.size();
  }

  void setTold(LogId log, long size) {
    told.put(log, size);
  }

  /** Up to where the peer was told of a log; {@code before} when nothing was said about it. */
  long told(LogId log, long before) {
    return told.getOrDefault(log, before);
  }

  /** Our head of a log has moved from a size. */
  void headMoved(HeadTable.Entry entry, long before) {
    long known = told(entry.id(), before);
    told.putIfAbsent(entry.id(), before);
    if (isProved() && known < entry.size()) {
      lane.push(entry.id(), entry.name().streamClass());
    }
  }

  /** Sends our head of a log as soon as may be, with events after {@code peerHas}. */
  void pushFrom(HeadTable.Entry entry, long peerHas) {
    told.put(entry.id(), peerHas);
    lane.push(entry.id(), entry.name().streamClass());
  }

  /** Sends the evidence of a log that forked when its turn comes. */
  void pushEvidence(LogId log, byte[] file) {
    evidenceDue.put(log, file);
    lane.push(log, StreamClass.SYSTEM);
  }

  byte @Nullable [] takeEvidenceDue(LogId log) {
    return evidenceDue.remove(log);
  }

  // ---- requests

  void answer(SyncMessage request) {
    server.enqueue(request);
  }

  // ---- sending

  void send(SyncMessage message) {
    if (closed) {
      return;
    }
    ByteBuffer frame = SyncCodec.encode(message);
    bytesOut += frame.remaining();
    framesOut++;
    if (lastWasIn) {
      turns++;
      lastWasIn = false;
    }
    context.emit(new SyncOutput.Send(peer, frame));
  }

  void onWritable() {
    writable = true;
  }

  /** Sends what waits until a burst is out, then waits for the stream to take more. */
  void pump() {
    if (!writable || closed || !isProved() || lane.isEmpty()) {
      return;
    }
    long start = bytesOut;
    while (!lane.isEmpty() && bytesOut - start < BURST_BYTES) {
      Object next = lane.next();
      if (next instanceof LogId log) {
        server.push(log);
      } else if (next instanceof Lane.Answer answer && server.answer(answer)) {
        lane.done(answer);
      }
    }
    if (checkDue) {
      answerCheck();
    }
    writable = false;
    context.emit(new SyncOutput.AwaitWritable(peer));
  }

  // ---- receiving and accounts

  /** Counts a frame and reads it; refuses the peer when it cannot be read. */
  @Nullable SyncMessage receive(ByteBuffer frame) {
    bytesIn +=
        frame.remaining() + (frame.remaining() < 128 ? 1 : frame.remaining() < 16384 ? 2 : 3);
    framesIn++;
    lastWasIn = true;
    if (frame.remaining() > maxFrameBytes()) {
      refuse(Refusal.TOO_LARGE, "a frame of " + frame.remaining() + " bytes");
      return null;
    }
    try {
      return SyncCodec.decode(frame);
    } catch (XfException e) {
      refuse(
          e.code() == ErrorCode.TOO_LARGE ? Refusal.TOO_LARGE : Refusal.BAD_FRAME, e.getMessage());
      return null;
    }
  }

  /** Whether one more signature of this peer may be verified now. */
  boolean mayHaveAVerification() {
    return signatures.take(context.nowNs());
  }

  /** Whether one more log that is not known here may come from this peer now. */
  boolean mayTellOfANewLog() {
    return newLogs.take(context.nowNs());
  }

  /** It answers, but so slowly that others' logs go first for some time. */
  void setSlow() {
    slowUntilNs = context.nowNs() + SLOW_TIMEOUTS * context.limits.requestTimeoutNs();
  }

  boolean isSlow() {
    return context.nowNs() < slowUntilNs;
  }

  /** A head is left for later: heads are compared again when there is quiet. */
  void passOver() {
    hasPassedOver = true;
  }

  boolean takePassedOver() {
    boolean was = hasPassedOver;
    hasPassedOver = false;
    return was;
  }

  void countEvents(int events) {
    eventsIn += events;
  }

  /** Adds penalty points; too many end the session. */
  void refuse(Refusal refusal, String detail) {
    penaltyPoints += refusal.points();
    lastRefusal = refusal + ": " + detail;
    if (penaltyPoints >= Refusal.LIMIT && !closed) {
      closed = true;
      context.emit(new SyncOutput.Close(peer, Optional.of(refusal), detail));
    }
  }

  void close() {
    closed = true;
  }

  String lastRefusal() {
    return lastRefusal;
  }

  SessionInfo toInfo(String why) {
    return new SessionInfo(
        context.group,
        peer,
        state,
        bytesIn,
        bytesOut,
        framesIn,
        framesOut,
        turns,
        eventsIn,
        server.eventsOut(),
        penaltyPoints,
        why);
  }

  /** Wants heads of logs, in as many frames as it takes. */
  void want(List<SyncMessage.WantEntry> entries) {
    for (int from = 0; from < entries.size(); from += SyncCodec.MAX_ENTRIES) {
      int to = Math.min(entries.size(), from + SyncCodec.MAX_ENTRIES);
      send(new SyncMessage.Want(entries.subList(from, to)));
    }
  }
}
