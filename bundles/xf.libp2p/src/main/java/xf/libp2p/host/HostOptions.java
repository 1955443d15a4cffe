package xf.libp2p.host;

/**
 * What a host is able to do.
 *
 * @param config how it behaves
 * @param threads event loops; 0: as many as the machine has processors, at most four
 * @param tcp whether TCP is on
 * @param quic whether QUIC is on, where there is a native library for it
 * @param noise whether TCP may be secured by Noise
 * @param tls whether TCP may be secured by TLS 1.3
 * @param mplex whether mplex is offered, after yamux: for peers that know nothing better
 */
public record HostOptions(
    HostConfig config,
    int threads,
    boolean tcp,
    boolean quic,
    boolean noise,
    boolean tls,
    boolean mplex) {

  private static final int MOST_THREADS_BY_DEFAULT = 4;

  /** What is right for most. */
  public static final HostOptions DEFAULT =
      new HostOptions(HostConfig.DEFAULT, 0, true, true, true, true, false);

  /** Checks what cannot work. */
  public HostOptions {
    if (threads < 0) {
      throw new IllegalArgumentException("threads: expected 0 or more, got " + threads);
    }
    if (!tcp && !quic) {
      throw new IllegalArgumentException("at least one of tcp and quic must be on");
    }
    if (tcp && !noise && !tls) {
      throw new IllegalArgumentException("tcp needs at least one of noise and tls");
    }
  }

  int eventLoops() {
    int processors = Runtime.getRuntime().availableProcessors();
    return threads > 0 ? threads : Math.min(MOST_THREADS_BY_DEFAULT, processors);
  }

  /** The same with another behaviour. */
  public HostOptions withConfig(HostConfig newConfig) {
    return new HostOptions(newConfig, threads, tcp, quic, noise, tls, mplex);
  }
}
