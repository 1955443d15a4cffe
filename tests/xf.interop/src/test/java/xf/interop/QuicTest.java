package xf.interop;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import xf.libp2p.quic.QuicTransport;
import xf.libp2p.security.AeadSource;
import xf.libp2p.security.NoiseSecurity;

class QuicTest extends InteropContract {
  @Override
  InteropHost newHost() {
    return new InteropHost(
        identity -> new NoiseSecurity(identity, new SecureRandom(), AeadSource.ofJdk()), List.of());
  }

  @Override
  Map<String, Object> jsConfig() {
    return Map.of(
        "listen", List.of("/ip4/127.0.0.1/udp/0/quic-v1"),
        "transports", List.of("quic"),
        "sec", List.of("noise"),
        "mux", List.of("yamux"));
  }

  @Override
  String listen(InteropHost listener) throws Exception {
    return listener.listenQuic();
  }

  @Override
  InteropHost.Link dial(InteropHost from, String address) throws Exception {
    return from.dialQuic(address);
  }

  @Override
  String addressPart() {
    return "/quic-v1";
  }

  @Override
  String security() {
    return QuicTransport.NAME;
  }
}
