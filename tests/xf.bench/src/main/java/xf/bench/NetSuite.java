package xf.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import xf.bench.net.NetRun;
import xf.bench.store.Contenders;

/** One stream over loopback, and connections, beside bare ciphers, bare QUIC and js-libp2p. */
final class NetSuite {
  private NetSuite() {}

  static void run(PrintStream out, Path folder, boolean quick, Bars bars)
      throws IOException, InterruptedException {
    Figures figures = new Figures();
    try (Fork fork =
        new Fork(
            List.of("-Xmx1g", "-Dxf.shared=" + System.getProperty("xf.shared", "")),
            "net",
            Contenders.OURS,
            folder,
            quick ? 3 : 7)) {
      fork.finish(figures);
    }
    out.println();
    out.printf("One stream over loopback, 64 MiB%30s%n", "MiB/s");
    line(out, "bare ChaCha20-Poly1305 of the JDK, one core", figures, NetRun.CIPHER);
    line(out, "ours: tcp+noise+yamux, one way", figures, NetRun.NOISE);
    line(out, "ours: tcp+noise+yamux, echo", figures, NetRun.NOISE_ECHO);
    line(out, "ours: tcp+tls+yamux, one way", figures, NetRun.TLS);
    line(out, "ours: quic, one way", figures, NetRun.QUIC);
    line(out, "ours: quic, echo", figures, NetRun.QUIC_ECHO);
    line(out, "bare Netty QUIC, echo", figures, NetRun.BARE_QUIC);
    line(out, "js-libp2p: tcp+noise+yamux, echo", figures, NetRun.JS_TCP);
    line(out, "js-libp2p: quic, echo", figures, NetRun.JS_QUIC);
    line(out, "ours: connections a second, tcp+noise+yamux", figures, NetRun.CONNECTIONS);
    ratio(bars, "tcp+noise+yamux, one way", "x bare cipher", 0.6, figures, "noise/cipher");
    ratio(bars, "quic, echo", "x bare Netty QUIC", 0.8, figures, "quic.echo/quic.bare");
    ratio(bars, "tcp+noise+yamux, echo", "x js-libp2p", 2, figures, "noise.echo/js.tcp");
    ratio(bars, "quic, echo", "x js-libp2p", 2, figures, "quic.echo/js.quic");
    bars.add("noise handshakes", "a second", 300, 600, figures.median(NetRun.CONNECTIONS));
  }

  private static void line(PrintStream out, String name, Figures figures, String figure) {
    out.printf("  %-48s %12s%n", name, Bars.number(figures.median(figure)));
  }

  private static void ratio(
      Bars bars, String what, String unit, double must, Figures figures, String ofTwo) {
    String[] names = ofTwo.split("/", 2);
    bars.add(what, unit, must, must * 1.25, figures.medianRatio(names[0], figures, names[1]));
  }
}
