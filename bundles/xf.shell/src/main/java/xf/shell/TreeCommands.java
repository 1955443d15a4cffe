package xf.shell;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.ErrorCode;
import xf.event.EventLog;
import xf.event.XfException;
import xf.merkle.MerkleIndex;
import xf.merkle.PageDescriptor;
import xf.merkle.PageView;
import xf.merkle.TreeHasher;
import xf.merkle.TreeHead;
import xf.store.PageStore;

/** {@code xf:tree} and {@code xf:page}. */
@Component(service = TreeCommands.class)
@GogoCommand(
    scope = "xf",
    function = {"tree", "page"})
public final class TreeCommands {
  private static final Usage TREE =
      Usage.of("tree", "LOG", 1, 1, "Draws a log's tree as the mountain range it is.")
          .value("--svg", "FILE", "as a picture in a file")
          .flag("--json", "the peaks as JSON");
  private static final Usage PAGE =
      Usage.of(
              "page",
              "LOG N",
              2,
              2,
              "Shows page N of a log, which covers events 256 N to 256 N + 255.")
          .flag("--json", "as JSON");
  private static final int COLUMNS = 78;
  private static final int SHOWN_PER_LEVEL = 4;

  private final Services services;
  private final LogSelector selector;

  /** Uses the services of the node. */
  @Activate
  public TreeCommands(@Reference Services services, @Reference LogSelector selector) {
    this.services = services;
    this.selector = selector;
  }

  /** Draws a tree. */
  @Descriptor("draw a log's tree; see xf:tree --help")
  public void tree(CommandSession session, String... arguments) {
    Call.run(TREE, session, arguments, this::tree);
  }

  private void tree(Call call) {
    EventLog log = selector.select(call.operand(0));
    MerkleIndex index = services.require(MerkleIndex.class);
    TreeHead head = index.head(log.id());
    MountainRange range =
        MountainRange.of(
            selector.name(log),
            head.size(),
            head.root(),
            (level, place) -> index.node(log.id(), level, place));
    if (call.option("--svg").isPresent()) {
      Path file = call.file(call.option("--svg").get());
      write(file, new MountainSvg(range).draw());
      call.out().println("drew " + Human.count(head.size(), "event") + " to " + file);
    } else if (call.has("--json")) {
      printJson(call.out(), range);
    } else {
      new MountainText(range, COLUMNS).lines().forEach(call.out()::println);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new XfException(ErrorCode.IO, file + ": cannot be written: " + e, e);
    }
  }

  private static void printJson(PrintStream out, MountainRange range) {
    Json.print(
        out,
        json -> {
          json.writeStartObject();
          json.writeNumberField("size", range.size());
          json.writeStringField("root", range.root().toHex());
          json.writeArrayFieldStart("peaks");
          for (MountainRange.Peak peak : range.peaks()) {
            json.writeStartObject();
            json.writeNumberField("level", peak.level());
            json.writeNumberField("start", peak.start());
            json.writeStringField("hash", peak.hash().toHex());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }

  /** Shows a page. */
  @Descriptor("show a page of a log's tree; see xf:page --help")
  public void page(CommandSession session, String... arguments) {
    Call.run(PAGE, session, arguments, this::page);
  }

  private void page(Call call) {
    EventLog log = selector.select(call.operand(0));
    long number = call.number(1, "N", 0, Long.MAX_VALUE / PageDescriptor.LEAVES);
    // A head asked for brings the log's pages up to date first.
    long size = services.require(MerkleIndex.class).head(log.id()).size();
    long sealed = size / PageDescriptor.LEAVES;
    if (number >= sealed) {
      throw new XfException(
          ErrorCode.OUT_OF_RANGE,
          "page "
              + number
              + ": log "
              + log.id()
              + " has "
              + Human.count(sealed, "sealed page")
              + "; its last "
              + size % PageDescriptor.LEAVES
              + " events wait in memory for the 256th");
    }
    PageStore pages = services.require(PageStore.class);
    long position = PageDescriptor.position(number);
    ByteBuffer bytes = pages.read(log.id(), position);
    PageView page = new PageView().wrap(bytes, 0);
    page.check(1, number, PageDescriptor.logTag(log.id())).verifyNodes(new TreeHasher());
    if (call.has("--json")) {
      printJson(call.out(), page);
    } else {
      print(call.out(), page, pages.file(log.id(), position), position);
    }
  }

  private static void print(PrintStream out, PageView page, Path file, long position) {
    out.printf("page %d at %d of %s%n", page.index(), position, file);
    out.printf(
        "header    XAER  type 0x%02X (tier %d)  version %d  leaf_start %d  total_nodes %d%n",
        page.type(), page.tier(), PageDescriptor.VERSION, page.leafStart(), page.totalNodes());
    out.printf(
        "covers    events %d to %d, bytes %d to %d of the log, %s to %s%n",
        page.leafStart(),
        page.leafStart() + PageDescriptor.LEAVES - 1,
        page.baseOffset(),
        page.endOffset(PageDescriptor.LEAVES - 1),
        time(page.minSqueezedHlc()),
        time(page.maxSqueezedHlc(PageDescriptor.ROOT_LEVEL, 0)));
    level(out, page, 0, "leaves  ");
    out.println("level 1   128 nodes, one hash away, not stored");
    for (int level = 2; level < PageDescriptor.ROOT_LEVEL; level++) {
      level(out, page, level, "level " + level + " ");
    }
    out.printf("root      slot %3d  %s%n", PageDescriptor.ROOT_SLOT, page.root().toHex());
    frontier(out, page);
  }

  private static String time(long squeezedHlc) {
    return Human.time(PageDescriptor.unsqueezeHlc(squeezedHlc));
  }

  private static void level(PrintStream out, PageView page, int level, String name) {
    int count = PageDescriptor.LEAVES >> level;
    StringBuilder hashes = new StringBuilder();
    for (int i = 0; i < Math.min(count, SHOWN_PER_LEVEL); i++) {
      hashes.append(page.hash(PageDescriptor.slot(level, i))).append(' ');
    }
    int first = PageDescriptor.slot(level, 0);
    out.printf(
        "%-9s slots %d–%d  %s%s%n",
        name, first, first + count - 1, hashes, count > SHOWN_PER_LEVEL ? "…" : "");
  }

  private static void frontier(PrintStream out, PageView page) {
    int count = PageDescriptor.frontierCount(page.index());
    out.printf("frontier  %s of what is before this page%n", Human.count(count, "peak"));
    for (int i = 0; i < count; i++) {
      int slot = PageDescriptor.FRONTIER_SLOT + i;
      out.printf("          slot %3d  %s%n", slot, page.hash(slot).toHex());
    }
  }

  private static void printJson(PrintStream out, PageView page) {
    Json.print(
        out,
        json -> {
          json.writeStartObject();
          json.writeNumberField("page", page.index());
          json.writeNumberField("tier", page.tier());
          json.writeNumberField("leafStart", page.leafStart());
          json.writeNumberField("totalNodes", page.totalNodes());
          json.writeStringField("root", page.root().toHex());
          json.writeArrayFieldStart("leaves");
          for (int i = 0; i < PageDescriptor.LEAVES; i++) {
            json.writeString(page.hash(i).toHex());
          }
          json.writeEndArray();
          json.writeArrayFieldStart("frontier");
          for (int i = 0; i < PageDescriptor.frontierCount(page.index()); i++) {
            json.writeString(page.hash(PageDescriptor.FRONTIER_SLOT + i).toHex());
          }
          json.writeEndArray();
          json.writeEndObject();
        });
  }
}
