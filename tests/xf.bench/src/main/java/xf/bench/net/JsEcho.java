package xf.bench.net;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import xf.testkit.js.JsPeer;

/** js-libp2p beside us: one process echoes, another sends, with the same payload as ours. */
final class JsEcho implements AutoCloseable {
  private static final long TIMEOUT_MS = 60_000;

  private final JsPeer listener;
  private final JsPeer dialer;

  /** Over {@code tcp} (Noise, yamux) or {@code quic}. */
  JsEcho(String transport) throws IOException {
    String place = transport.equals("tcp") ? "/tcp/0" : "/udp/0/quic-v1";
    Map<String, Object> config =
        Map.of(
            "listen", List.of("/ip4/127.0.0.1" + place),
            "transports", List.of(transport),
            "sec", List.of("noise"),
            "mux", List.of("yamux"));
    this.listener = JsPeer.start(config);
    this.dialer = JsPeer.start(config);
  }

  /** Sends so much and waits until all is back; MiB a second. */
  double echo(long lengthBytes) {
    Object result =
        dialer.call(
            "echo",
            Map.of(
                "addr",
                listener.address("/ip4"),
                "size",
                lengthBytes,
                "chunk",
                Talk.CHUNK_BYTES,
                "ms",
                TIMEOUT_MS,
                "unchecked",
                true));
    Object ms = ((Map<?, ?>) result).get("ms");
    if (!(ms instanceof Number taken)) {
      throw new IllegalStateException("js answered " + result);
    }
    return lengthBytes / (double) (1 << 20) * 1000 / taken.doubleValue();
  }

  @Override
  public void close() {
    listener.close();
    dialer.close();
  }
}
