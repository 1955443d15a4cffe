package xf.interop;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import xf.libp2p.mux.YamuxMuxer;
import xf.libp2p.tls.TlsSecurity;

class TcpTlsYamuxTest extends InteropContract {
  @Override
  InteropHost newHost() {
    return new InteropHost(
        identity -> new TlsSecurity(identity, new SecureRandom(), System::currentTimeMillis),
        List.of(new YamuxMuxer(System::nanoTime)));
  }

  @Override
  Map<String, Object> jsConfig() {
    return Map.of(
        "listen", List.of("/ip4/127.0.0.1/tcp/0"),
        "transports", List.of("tcp"),
        "sec", List.of("tls"),
        "mux", List.of("yamux"));
  }

  @Override
  String listen(InteropHost listener) throws Exception {
    return listener.listenTcp();
  }

  @Override
  InteropHost.Link dial(InteropHost from, String address) throws Exception {
    return from.dialTcp(address);
  }

  @Override
  String addressPart() {
    return "/tcp/";
  }

  @Override
  String security() {
    return TlsSecurity.ID;
  }
}
