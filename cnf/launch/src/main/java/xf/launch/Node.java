package xf.launch;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;

/** A framework with the bundles of a home, from its start to its end. */
final class Node {
  /** Bundles whose absence from an exec or daemon run is meant: they read the terminal. */
  private static final Set<Path> TERMINAL_BUNDLES =
      Set.of(Path.of("org.apache.felix.gogo.jline.jar"), Path.of("jline.jar"));

  /** At this start level the shell is there; a prompt waits for no more. */
  private static final int SHELL_LEVEL = 5;

  /** At this one the network is, too. */
  private static final int LAST_LEVEL = 6;

  private static final long STOP_MS = 20_000;
  private static final long NETWORK_START_S = 10;
  private static final int FAILED = 1;

  private final Framework framework;
  private final RunFolder run;
  private final AtomicInteger exitCode = new AtomicInteger();

  /** Commands that are run once seldom need it, and it costs them more than they do. */
  private final boolean startsNetworkOnDemand;

  private final AtomicBoolean networkWanted = new AtomicBoolean();
  private final CountDownLatch networkStarted = new CountDownLatch(1);
  private volatile boolean exiting;

  private Node(Framework framework, RunFolder run, boolean startsNetworkOnDemand) {
    this.framework = framework;
    this.run = run;
    this.startsNetworkOnDemand = startsNetworkOnDemand;
  }

  /** Starts everything; what cannot start is named in the exception. */
  static Node start(
      Path home,
      Options options,
      Map<String, Map<String, List<String>>> configurations,
      boolean hasTerminal)
      throws IOException, BundleException {
    RunFolder run = RunFolder.create(options.data());
    configure(run, options, configurations);
    if (hasTerminal) {
      createHistory(options.data().resolve("history"));
    }
    Map<String, String> properties = properties(home, options, run, hasTerminal);
    properties.forEach(Node::publishProperty);
    boolean isOneShot = options.action() == Options.Action.EXEC;
    Node node = new Node(framework(properties), run, isOneShot);
    node.startBundles(
        home.resolve("bundle"), hasTerminal && options.action() == Options.Action.SHELL);
    return node;
  }

  /** What is typed may be an invitation, which is a secret: the file is its owner's alone. */
  private static void createHistory(Path file) throws IOException {
    boolean isPosix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (isPosix && !Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
  }

  private static void configure(
      RunFolder run, Options options, Map<String, Map<String, List<String>>> configurations)
      throws IOException {
    Map<String, Map<String, List<String>>> all = new HashMap<>(configurations);
    for (Options.Key key : List.of(Options.Key.DB_PATH, Options.Key.PAGE_PATH)) {
      Optional<Path> path = options.path(key);
      if (path.isPresent()) {
        int dot = key.property().lastIndexOf('.');
        Map<String, List<String>> properties =
            all.computeIfAbsent(key.property().substring(0, dot), pid -> new HashMap<>());
        properties.put(key.property().substring(dot + 1), List.of(path.get().toString()));
      }
    }
    for (Map.Entry<String, Map<String, List<String>>> entry : all.entrySet()) {
      run.configure(entry.getKey(), entry.getValue());
    }
  }

  /** Logging is configured before any bundle could pass it framework properties. */
  private static void publishProperty(String key, String value) {
    if (key.startsWith("xf.")
        || key.startsWith("logback.")
        || key.startsWith("java.util.logging.")
        || key.startsWith("gosh.")) {
      System.setProperty(key, value);
    }
  }

  private static Map<String, String> properties(
      Path home, Options options, RunFolder run, boolean hasTerminal) {
    Path data = options.data();
    Map<String, String> map = new HashMap<>();
    map.put("xf.data", data.toString());
    map.put("xf.log.level", options.logLevel());
    map.put("xf.log.console", options.action() == Options.Action.DAEMON ? "info" : "warn");
    options.value(Options.Key.THREADS).ifPresent(value -> map.put("xf.threads", value));
    map.put("xf.terminal", Boolean.toString(hasTerminal));
    switch (options.action()) {
      case EXEC -> map.put("xf.exec", options.value(Options.Key.EXEC).orElse(""));
      case SHELL -> map.put("xf.console", hasTerminal && !isEquinox() ? "gogo" : "plain");
      default -> map.put("xf.console", "none");
    }
    map.put("logback.configurationFile", home.resolve("etc/logback.xml").toString());
    map.put("java.util.logging.config.file", home.resolve("etc/jul.properties").toString());
    map.put("gosh.home", home.toString());
    map.put("gosh.args", "--nohistory"); // in the user's home; ours is set in gosh_profile
    map.put(Constants.FRAMEWORK_STORAGE, run.folder().resolve("cache").toString());
    map.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(SHELL_LEVEL));
    // Conscrypt's bundle asks for a package that no framework exports by itself, and never uses it.
    map.put(Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA, "sun.security.x509");
    processor(System.getProperty("os.name", ""), System.getProperty("os.arch", ""))
        .ifPresent(name -> map.put(Constants.FRAMEWORK_PROCESSOR, name));
    map.put("felix.cm.dir", run.folder().resolve("config").toString());
    map.put("felix.log.level", "1");
    map.put("felix.fileinstall.dir", data.resolve("etc") + "," + data.resolve("deploy"));
    map.put("felix.fileinstall.tmpdir", run.folder().resolve("deploy").toString());
    map.put("felix.fileinstall.poll", "1000");
    map.put("felix.fileinstall.noInitialDelay", "true");
    map.put("felix.fileinstall.enableConfigSave", "false");
    map.put("felix.fileinstall.log.level", "1");
    return map;
  }

  /**
   * Netty's native library for Apple silicon says {@code aarch_64} where OSGi has {@code aarch64};
   * nothing else in the home asks for a processor.
   */
  static Optional<String> processor(String osName, String osArch) {
    boolean appleSilicon = osName.startsWith("Mac") && osArch.equals("aarch64");
    return appleSilicon ? Optional.of("aarch_64") : Optional.empty();
  }

  private static boolean isEquinox() {
    return factory().getClass().getName().contains("equinox");
  }

  private static FrameworkFactory factory() {
    Iterator<FrameworkFactory> factories = ServiceLoader.load(FrameworkFactory.class).iterator();
    if (!factories.hasNext()) {
      throw new IllegalStateException("no OSGi framework on the class path");
    }
    return factories.next();
  }

  private static Framework framework(Map<String, String> properties) throws BundleException {
    Framework framework = factory().newFramework(properties);
    framework.init();
    return framework;
  }

  private void startBundles(Path bundles, boolean withTerminalBundle)
      throws IOException, BundleException {
    BundleContext context = framework.getBundleContext();
    context.registerService(
        IntConsumer.class, this::exit, FrameworkUtil.asDictionary(Map.of("xf.launch", "exit")));
    List<Bundle> toStart = new ArrayList<>();
    for (Path level : levels(bundles)) {
      int startLevel = Integer.parseInt(level.getFileName().toString());
      for (Path jar : jars(level)) {
        if (withTerminalBundle || !TERMINAL_BUNDLES.contains(jar.getFileName())) {
          toStart.add(install(context, jar, startLevel));
        }
      }
    }
    for (Bundle bundle : toStart) {
      if (bundle.getHeaders("").get(Constants.FRAGMENT_HOST) == null) {
        bundle.start(Bundle.START_ACTIVATION_POLICY);
      }
    }
    context.registerService(
        Runnable.class,
        () -> startNetwork(toStart),
        FrameworkUtil.asDictionary(Map.of("xf.launch", "network")));
    framework.start();
    failOnStoppedBundles(toStart, SHELL_LEVEL);
    if (!startsNetworkOnDemand) {
      startNetwork(toStart);
    }
  }

  private void startNetwork(List<Bundle> bundles) {
    if (networkWanted.getAndSet(true)) {
      return;
    }
    if (exiting) {
      networkStarted.countDown();
    } else {
      framework
          .adapt(FrameworkStartLevel.class)
          .setStartLevel(LAST_LEVEL, event -> startedNetwork(event, bundles));
    }
  }

  private void startedNetwork(FrameworkEvent event, List<Bundle> bundles) {
    networkStarted.countDown();
    if (event.getType() != FrameworkEvent.STARTLEVEL_CHANGED || exiting) {
      return;
    }
    try {
      failOnStoppedBundles(bundles, LAST_LEVEL);
    } catch (BundleException e) {
      System.err.println("run: the node goes on without its network: " + e.getMessage());
    }
  }

  private static Bundle install(BundleContext context, Path jar, int startLevel)
      throws BundleException {
    Bundle bundle = context.installBundle("reference:" + jar.toUri());
    bundle.adapt(BundleStartLevel.class).setStartLevel(startLevel);
    return bundle;
  }

  private static List<Path> levels(Path bundles) throws IOException {
    try (Stream<Path> folders = Files.list(bundles)) {
      return folders.filter(Files::isDirectory).sorted().toList();
    }
  }

  private static List<Path> jars(Path level) throws IOException {
    List<Path> jars = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(level, "*.jar")) {
      files.forEach(jars::add);
    }
    return jars.stream().sorted().toList();
  }

  /** Better one clear failure now than a command that waits for a service which never comes. */
  private void failOnStoppedBundles(List<Bundle> bundles, int startLevel) throws BundleException {
    for (Bundle bundle : bundles) {
      boolean isFragment = bundle.getHeaders("").get(Constants.FRAGMENT_HOST) != null;
      boolean isDue = bundle.adapt(BundleStartLevel.class).getStartLevel() <= startLevel;
      if (isDue && !isFragment && (bundle.getState() & (Bundle.ACTIVE | Bundle.STARTING)) == 0) {
        startOrSayWhyNot(bundle);
      }
    }
  }

  private void startOrSayWhyNot(Bundle bundle) throws BundleException {
    try {
      bundle.start(Bundle.START_TRANSIENT);
    } catch (BundleException | IllegalStateException e) {
      if (!exiting) { // a short command may be done before the last bundle has started
        throw e;
      }
    }
  }

  private void exit(int code) {
    exiting = true;
    exitCode.set(code);
    Thread thread = new Thread(this::stopFramework, "xf-exit");
    thread.start();
  }

  private void stopFramework() {
    awaitNetwork();
    try {
      framework.stop();
    } catch (BundleException e) {
      System.err.println("run: the framework does not stop: " + e.getMessage());
      Runtime.getRuntime().halt(FAILED);
    }
  }

  /**
   * A framework that is stopped while it raises its start level throws at what it has half started.
   */
  private void awaitNetwork() {
    try {
      if (networkWanted.get() && !networkStarted.await(NETWORK_START_S, TimeUnit.SECONDS)) {
        System.err.println("run: the network did not start in " + NETWORK_START_S + " s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for the end and gives the exit code. */
  int awaitEnd() throws InterruptedException {
    FrameworkEvent event = framework.waitForStop(0);
    return event.getType() == FrameworkEvent.ERROR ? FAILED : exitCode.get();
  }

  boolean isRunning() {
    return framework.getState() == Bundle.ACTIVE;
  }

  /** Stops the framework and removes what this process needed; for the shutdown hook. */
  boolean stop() {
    awaitNetwork();
    try {
      framework.stop();
      boolean stopped = framework.waitForStop(STOP_MS).getType() != FrameworkEvent.WAIT_TIMEDOUT;
      run.close();
      return stopped;
    } catch (BundleException | IOException e) {
      System.err.println("run: " + e.getMessage());
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
