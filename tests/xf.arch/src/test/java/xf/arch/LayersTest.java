package xf.arch;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

/** The "may import" column of the bundle table in docs/ARCHITECTURE.md. */
@AnalyzeClasses(packages = "xf", importOptions = DoNotIncludeTests.class)
class LayersTest {
  private static final DescribedPredicate<JavaClass> OURS = resideInAPackage("xf..");

  @ArchTest
  static final ArchRule EVENT_IMPORTS_NOTHING_OF_OURS = mayImport("xf.event..", "xf.event..");

  @ArchTest
  static final ArchRule STORE_IMPORTS_EVENT = mayImport("xf.store..", "xf.store..", "xf.event");

  @ArchTest
  static final ArchRule MERKLE_IMPORTS_EVENT_AND_THE_STORE_API =
      mayImport("xf.merkle..", "xf.merkle..", "xf.event", "xf.store");

  @ArchTest
  static final ArchRule GOSSIP_IMPORTS_EVENT_MERKLE_AND_THE_STORE_API =
      mayImport(
          "xf.gossip..", "xf.gossip..", "xf.event", "xf.merkle", "xf.store", "xf.multiformats");

  @ArchTest
  static final ArchRule LIBP2P_IMPORTS_THE_NETWORK_INTERFACE =
      mayImport("xf.libp2p..", "xf.libp2p..", "xf.gossip.net", "xf.event", "xf.multiformats");

  @ArchTest
  static final ArchRule SHELL_IMPORTS_APIS_ONLY =
      mayImport(
          "xf.shell..",
          "xf.shell..",
          "xf.event",
          "xf.store",
          "xf.merkle",
          "xf.gossip",
          "xf.gossip.net");

  @ArchTest
  static final ArchRule PROTOCOLS_AND_VALUES_DO_NOT_ASK_FOR_THE_TIME =
      noClasses()
          .that()
          .resideInAnyPackage("xf.event", "xf.merkle", "xf.store", "xf.gossip")
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(System.class, "nanoTime");

  @ArchTest
  static final ArchRule PACKAGES_DO_NOT_GO_ROUND_IN_CIRCLES =
      SlicesRuleDefinition.slices().matching("xf.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule ONLY_THE_NETWORK_KNOWS_NETTY =
      noClasses()
          .that()
          .resideOutsideOfPackage("xf.libp2p..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty..");

  /** It may be absent: what touches it must expect that. */
  @ArchTest
  static final ArchRule ONE_CLASS_KNOWS_CONSCRYPT =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("xf.libp2p.security.ConscryptProvider")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.conscrypt..");

  @ArchTest
  static final ArchRule ONLY_THE_STORE_KNOWS_LMDB =
      noClasses()
          .that()
          .resideOutsideOfPackage("xf.store..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.lmdbjava..", "jnr..", "com.kenai..");

  private static ArchRule mayImport(String layer, String... allowed) {
    return classes()
        .that()
        .resideInAPackage(layer)
        .should()
        .onlyDependOnClassesThat(not(OURS).or(resideInAnyPackage(allowed)));
  }
}
