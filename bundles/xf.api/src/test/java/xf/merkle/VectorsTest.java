package xf.merkle;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every case that others have published for what this package does, read from the folder named by
 * {@code -Dxf.vectors} (default: {@code vectors} in the folder named by {@code xf.shared}). A file
 * of a kind nobody here reads fails the test; so does a file in which no case was found.
 */
class VectorsTest {
  private static final String NOT_A_CASE = "(SOURCE|.*README.*)\\.(txt|md)";

  /** What the package does not do. */
  private static final List<String> OTHERS = List.of("bao", "blake3", "negentropy-v1");

  /** Reads the cases of one file. */
  private interface Reader {
    void run(VectorCases cases) throws IOException;
  }

  private static final Map<String, Reader> READERS =
      Map.ofEntries(
          Map.entry("c2sp-spec-examples/checkpoint.*\\.txt", NoteVectors::checkpointExample),
          Map.entry("c2sp-spec-examples/.*note.*\\.json", NoteVectors::notes),
          Map.entry("c2sp-spec-examples/tile_math.*\\.json", TileVectors::tileMath),
          Map.entry("cctv-ed25519-edge-cases/.*\\.json", KeyVectors::edgeCases),
          Map.entry("wycheproof-ed25519/.*\\.json", KeyVectors::wycheproof),
          Map.entry("golang-mod-sumdb/note.*\\.json", NoteVectors::notes),
          Map.entry("golang-mod-sumdb/tlog.*\\.json", TileVectors::goTlog),
          Map.entry("golang-mod-sumdb/.*checkpoint.*\\.(txt|json)", NoteVectors::checkpointFile),
          Map.entry("litewitness-add-checkpoint/.*\\.json", WitnessVectors::replay),
          Map.entry("mmriver-draft/.*\\.md", MmrVectors::tables),
          Map.entry("sigstore-rekor-inclusion/trusted_tlogs.*\\.json", RekorVectors::keys),
          Map.entry("sigstore-rekor-inclusion/.*\\.json", RekorVectors::inclusion),
          Map.entry("sigsum-proof/.*\\.txt", SigsumVectors::proof),
          Map.entry("sunlight-navigli2025h2-real-ct/tile-0-.*\\.bin", TileVectors::realTile),
          Map.entry("sunlight-skylight-mirror/.*\\.json", NoteVectors::notes),
          Map.entry("tessera-testlog/.*\\.json", TileVectors::testLog),
          Map.entry("transparency-dev-merkle/consistency.*\\.json", ProofVectors::consistency),
          Map.entry("transparency-dev-merkle/inclusion.*\\.json", ProofVectors::inclusion),
          Map.entry("transparency-dev-merkle/subtreeconsistency.*\\.json", ProofVectors::subtree),
          Map.entry("transparency-dev-merkle/subtreeinclusion.*\\.json", ProofVectors::inSubtree),
          Map.entry("transparency-dev-merkle/mtc_accumulated.*\\.json", ProofVectors::accumulated),
          Map.entry("transparency-dev-merkle/rfc6962_.*\\.json", ProofVectors::reference));

  private static Path folder() {
    String named = System.getProperty("xf.vectors");
    String shared = System.getProperty("xf.shared", "../../../shared");
    Path folder = named != null ? Path.of(named) : Path.of(shared, "vectors");
    if (!Files.isDirectory(folder)) {
      String missing = "no vectors at " + folder.toAbsolutePath() + ": set -Dxf.vectors";
      if (Boolean.parseBoolean(System.getenv("CI"))) {
        fail(missing);
      }
      Assumptions.abort(missing);
    }
    return folder;
  }

  @TestFactory
  Stream<DynamicTest> shouldAgreeWithEveryCaseThatOthersHavePublished() throws IOException {
    Path folder = folder();
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    assertTrue(!files.isEmpty(), "no vectors in " + folder);
    return files.stream()
        .filter(file -> !String.valueOf(file.getFileName()).matches(NOT_A_CASE))
        .map(file -> dynamicTest(name(folder, file), () -> run(folder, file)));
  }

  private static String name(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }

  @SuppressWarnings("SystemOut") // the counts are for whoever runs the tests
  private static void run(Path folder, Path file) throws IOException {
    String name = name(folder, file);
    String group = name.substring(0, Math.max(0, name.indexOf('/')));
    if (OTHERS.contains(group)) {
      System.out.printf(Locale.ROOT, "vectors: %-62s not of this package%n", name);
      return;
    }
    List<String> kinds = READERS.keySet().stream().filter(name::matches).sorted().toList();
    if (kinds.isEmpty()) {
      fail(name + ": nobody reads files of this kind");
    }
    // Of trusted_tlogs.json and *.json, the longer pattern is the closer one.
    String kind = kinds.stream().reduce("", (a, b) -> b.length() > a.length() ? b : a);
    VectorCases cases = new VectorCases(file);
    Objects.requireNonNull(READERS.get(kind)).run(cases);
    System.out.printf(Locale.ROOT, "vectors: %-62s %s%n", name, cases.summary());
    cases.finish();
  }
}
