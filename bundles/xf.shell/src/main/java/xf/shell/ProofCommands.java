package xf.shell;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.EventLogs;
import xf.event.EventView;
import xf.event.Keyring;
import xf.event.LogId;
import xf.event.XfException;
import xf.merkle.Checkpoint;
import xf.merkle.CheckpointText;
import xf.merkle.ForkEvidence;
import xf.merkle.InclusionProof;
import xf.merkle.MerkleIndex;
import xf.merkle.TlogProof;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;
import xf.merkle.VerifierKey;

/** {@code xf:checkpoint}, {@code xf:prove} and {@code xf:verify}. */
@Component(service = ProofCommands.class)
@GogoCommand(
    scope = "xf",
    function = {"checkpoint", "prove", "verify"})
public final class ProofCommands {
  private static final Usage CHECKPOINT =
      Usage.of(
              "checkpoint",
              "LOG",
              1,
              1,
              "Prints the newest signed tree head (C2SP tlog-checkpoint); signs one if need be.")
          .flag("--vkey", "print the key that verifies it instead (C2SP signed-note)")
          .flag("--json", "as JSON");
  private static final Usage PROVE =
      Usage.of(
              "prove",
              "LOG INDEX FILE",
              3,
              3,
              "Writes a file that proves, offline, that an event is in a log (C2SP tlog-proof).")
          .flag("--json", "the result as JSON");
  private static final Usage VERIFY =
      Usage.of(
              "verify",
              "FILE [VKEY]",
              1,
              2,
              "Verifies a proof, or evidence of a fork, with nothing but the log's key; without VKEY, with the keys that"
                  + " this node knows.")
          .flag("--json", "the result as JSON");

  private static final byte[] FORK_HEADER = "XAER-FORK ".getBytes(StandardCharsets.US_ASCII);

  private final Services services;
  private final LogSelector selector;

  /** Uses the services of the node. */
  @Activate
  public ProofCommands(@Reference Services services, @Reference LogSelector selector) {
    this.services = services;
    this.selector = selector;
  }

  /** Prints a checkpoint. */
  @Descriptor("print a log's signed tree head; see xf:checkpoint --help")
  public void checkpoint(CommandSession session, String... arguments) {
    Call.run(CHECKPOINT, session, arguments, this::checkpoint);
  }

  private void checkpoint(Call call) {
    EventLog log = selector.select(call.operand(0));
    if (call.has("--vkey")) {
      call.out().println(Checkpoint.verifierKey(log.id(), log.name().author()).toText());
      return;
    }
    Checkpoint checkpoint = services.require(MerkleIndex.class).checkpoint(log.id());
    String note = new String(checkpoint.toNote().toBytes(), StandardCharsets.UTF_8);
    if (call.has("--json")) {
      Json.print(call.out(), json -> writeCheckpoint(json, checkpoint, note));
    } else {
      call.out().print(note);
    }
  }

  private static void writeCheckpoint(JsonGenerator json, Checkpoint checkpoint, String note)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("log", checkpoint.log().toHex());
    json.writeNumberField("size", checkpoint.head().size());
    json.writeStringField("root", checkpoint.head().root().toHex());
    json.writeStringField("vkey", checkpoint.verifierKey().toText());
    json.writeStringField("note", note);
    json.writeEndObject();
  }

  /** Writes a proof. */
  @Descriptor("write a file that proves an event; see xf:prove --help")
  public void prove(CommandSession session, String... arguments) {
    Call.run(PROVE, session, arguments, this::prove);
  }

  private void prove(Call call) {
    EventLog log = selector.select(call.operand(0));
    long index = call.number(1, "INDEX", 0, Long.MAX_VALUE);
    Path file = call.file(2);
    if (index >= log.size()) {
      throw new XfException(
          ErrorCode.OUT_OF_RANGE,
          "index " + index + ": log " + log.id() + " has events 0 to " + (log.size() - 1));
    }
    MerkleIndex merkle = services.require(MerkleIndex.class);
    Checkpoint checkpoint = merkle.checkpoint(log.id());
    InclusionProof proof = merkle.proveInclusion(log.id(), index, checkpoint.head().size());
    byte[] event = log.read(index, EventView::copyBytes);
    byte[] bytes = TlogProof.of(event, proof, checkpoint).toBytes();
    try {
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, file + ": cannot be written: " + e, e);
    }
    report(call, file, bytes.length, proof, checkpoint);
  }

  private static void report(
      Call call, Path file, int lengthBytes, InclusionProof proof, Checkpoint checkpoint) {
    String vkey = checkpoint.verifierKey().toText();
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartObject();
            json.writeStringField("file", file.toString());
            json.writeNumberField("index", proof.index());
            json.writeNumberField("size", proof.size());
            json.writeNumberField("hashes", proof.path().size());
            json.writeStringField("vkey", vkey);
            json.writeEndObject();
          });
    } else {
      call.out()
          .println(
              file
                  + ": event "
                  + proof.index()
                  + " of "
                  + Human.count(proof.size())
                  + ", "
                  + proof.path().size()
                  + " hashes of its path, "
                  + Human.bytes(lengthBytes));
      call.out().println("key: " + vkey);
    }
  }

  /** Verifies a proof. */
  @Descriptor("verify a proof offline; see xf:verify --help")
  public void verify(CommandSession session, String... arguments) {
    Call.run(VERIFY, session, arguments, this::verify);
  }

  private void verify(Call call) {
    byte[] bytes = read(call.file(0));
    Optional<VerifierKey> given = call.optionalOperand(1).map(VerifierKey::parse);
    if (startsWith(bytes, FORK_HEADER)) {
      verifyFork(call, ForkEvidence.parse(bytes), given);
    } else {
      verifyProof(call, TlogProof.parse(bytes), given);
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] start) {
    return bytes.length >= start.length
        && Arrays.equals(bytes, 0, start.length, start, 0, start.length);
  }

  /** Evidence names its key itself: whoever knows the author's key may ask for it to be that. */
  private static void verifyFork(Call call, ForkEvidence evidence, Optional<VerifierKey> given) {
    evidence.verify(new TreeHasher());
    String vkey = evidence.first().verifierKey().toText();
    if (given.isPresent() && !given.get().toText().equals(vkey)) {
      throw new XfException(
          ErrorCode.NOT_VERIFIED, "the evidence is against " + vkey + ", another key");
    }
    TreeHead first = evidence.first().head();
    TreeHead second = evidence.second().head();
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartObject();
            json.writeBooleanField("fork", true);
            json.writeStringField("log", evidence.log().toHex());
            json.writeStringField("author", evidence.author().toHex());
            json.writeNumberField("firstSize", first.size());
            json.writeStringField("firstRoot", first.root().toHex());
            json.writeNumberField("secondSize", second.size());
            json.writeStringField("secondRoot", second.root().toHex());
            json.writeStringField("vkey", vkey);
            json.writeEndObject();
          });
    } else {
      call.out()
          .println(
              "fork proved: "
                  + evidence.author()
                  + " signed two histories of log "
                  + evidence.log()
                  + ": "
                  + Human.count(first.size(), "event")
                  + " under "
                  + first.root()
                  + ", "
                  + Human.count(second.size(), "event")
                  + " under "
                  + second.root());
    }
  }

  private void verifyProof(Call call, TlogProof proof, Optional<VerifierKey> given) {
    VerifierKey key = given.orElseGet(() -> knownKey(proof));
    Checkpoint checkpoint = proof.verify(new TreeHasher(), key);
    EventView event = event(proof);
    if (call.has("--json")) {
      Json.print(
          call.out(),
          json -> {
            json.writeStartObject();
            json.writeBooleanField("verified", true);
            json.writeStringField("log", checkpoint.log().toHex());
            json.writeNumberField("index", proof.index());
            json.writeNumberField("size", checkpoint.head().size());
            json.writeStringField("root", checkpoint.head().root().toHex());
            json.writeStringField("vkey", key.toText());
            json.writeNumberField("hlc", event.hlc());
            Json.writePayload(json, "payload", event.copyPayload());
            json.writeEndObject();
          });
    } else {
      call.out()
          .println(
              "verified: event "
                  + proof.index()
                  + " of log "
                  + checkpoint.log()
                  + ", among "
                  + Human.count(checkpoint.head().size())
                  + " signed by "
                  + key.key());
      call.out().println(Human.time(event.hlc()) + "  " + Human.line(event.copyPayload(), 200));
    }
  }

  /** The event's own fields must agree with what is proved about its bytes. */
  private static EventView event(TlogProof proof) {
    ByteBuffer bytes = ByteBuffer.wrap(proof.extra()).order(ByteOrder.LITTLE_ENDIAN);
    EventView event = new EventView().wrapChecked(bytes, 0, proof.extra().length);
    if (event.index() != proof.index()) {
      throw new XfException(
          ErrorCode.NOT_VERIFIED,
          "proof is for index " + proof.index() + ", its event says " + event.index());
    }
    return event;
  }

  private static byte[] read(Path file) {
    try {
      if (Files.size(file) > TlogProof.MAX_BYTES) {
        throw new XfException(
            ErrorCode.TOO_LARGE,
            file + ": " + Files.size(file) + " bytes, a proof has at most " + TlogProof.MAX_BYTES);
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, file + ": cannot be read: " + e, e);
    }
  }

  /** The key of the log's author if its log is here, else this device's own. */
  private VerifierKey knownKey(TlogProof proof) {
    String origin = CheckpointText.parse(proof.checkpoint().text()).origin();
    LogId log = Checkpoint.logOf(origin);
    List<VerifierKey> keys = new ArrayList<>();
    services
        .find(EventLogs.class)
        .flatMap(logs -> logs.find(log))
        .ifPresent(found -> keys.add(Checkpoint.verifierKey(log, found.name().author())));
    services
        .find(Keyring.class)
        .ifPresent(keyring -> keys.add(Checkpoint.verifierKey(log, keyring.device().author())));
    if (keys.isEmpty()) {
      throw new XfException(
          ErrorCode.NOT_FOUND, "no key for " + origin + ": give the one that xf:prove printed");
    }
    return keys.get(0);
  }
}
