package xf.bench.net;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import xf.bench.Figures;
import xf.testkit.js.JsInstall;

/**
 * Rounds in which all take turns, so that a busy machine disturbs them alike. The first round warms
 * up and does not count.
 */
public final class NetRun {
  /** Names of figures: all MiB of payload a second, but for the connections. */
  public static final String CIPHER = "cipher";

  public static final String NOISE = "noise";
  public static final String NOISE_ECHO = "noise.echo";
  public static final String TLS = "tls";
  public static final String QUIC = "quic";
  public static final String QUIC_ECHO = "quic.echo";
  public static final String BARE_QUIC = "quic.bare";
  public static final String JS_TCP = "js.tcp";
  public static final String JS_QUIC = "js.quic";
  public static final String CONNECTIONS = "connections";

  private static final int CONNECTION_COUNT = 400;

  private NetRun() {}

  @FunctionalInterface
  private interface Round {
    double run() throws Exception;
  }

  /** Runs so many rounds that count, with so many MiB on one stream. */
  public static void run(int rounds, int mib, Figures figures) throws Exception {
    long bytes = (long) mib << 20;
    boolean withJs = JsInstall.problem().isEmpty();
    try (Pair noise = Pair.noise();
        Pair tls = Pair.tls();
        Pair quic = Pair.quic();
        BareQuic bareQuic = new BareQuic();
        Js js = withJs ? new Js() : Js.NONE) {
      Map<String, Round> all = new LinkedHashMap<>();
      all.put(CIPHER, () -> BareCipher.run(bytes));
      all.put(NOISE, () -> noise.oneWay(bytes));
      all.put(NOISE_ECHO, () -> noise.echo(bytes));
      all.put(TLS, () -> tls.oneWay(bytes));
      all.put(BARE_QUIC, () -> bareQuic.echo(bytes));
      all.put(QUIC_ECHO, () -> quic.echo(bytes));
      all.put(QUIC, () -> quic.oneWay(bytes));
      all.put(CONNECTIONS, () -> noise.connections(CONNECTION_COUNT));
      js.addTo(all, bytes);
      for (int round = 0; round <= rounds; round++) {
        for (Map.Entry<String, Round> each : all.entrySet()) {
          double value = each.getValue().run();
          if (round > 0) {
            figures.add(each.getKey(), value);
          }
        }
      }
    }
  }

  /** js-libp2p over both transports, where it can be had. */
  private static final class Js implements AutoCloseable {
    static final Js NONE = new Js(null, null);

    private final @Nullable JsEcho tcp;
    private final @Nullable JsEcho quic;

    Js() throws IOException {
      this(new JsEcho("tcp"), new JsEcho("quic"));
    }

    private Js(@Nullable JsEcho tcp, @Nullable JsEcho quic) {
      this.tcp = tcp;
      this.quic = quic;
    }

    void addTo(Map<String, Round> rounds, long bytes) {
      JsEcho overTcp = tcp;
      JsEcho overQuic = quic;
      if (overTcp != null && overQuic != null) {
        rounds.put(JS_TCP, () -> overTcp.echo(bytes));
        rounds.put(JS_QUIC, () -> overQuic.echo(bytes));
      }
    }

    @Override
    public void close() {
      if (tcp != null) {
        tcp.close();
      }
      if (quic != null) {
        quic.close();
      }
    }
  }
}
