package xf.interop;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import xf.libp2p.mux.YamuxMuxer;
import xf.libp2p.security.NoiseSecurity;

class TcpNoiseYamuxTest extends InteropContract {
  @Override
  InteropHost newHost() {
    return new InteropHost(
        identity -> new NoiseSecurity(identity, new SecureRandom()),
        List.of(new YamuxMuxer(System::nanoTime)));
  }

  @Override
  Map<String, Object> jsConfig() {
    return Map.of(
        "listen", List.of("/ip4/127.0.0.1/tcp/0"),
        "transports", List.of("tcp"),
        "sec", List.of("noise"),
        "mux", List.of("yamux"));
  }

  @Override
  String listen(InteropHost listener) throws Exception {
    return listener.listenTcp();
  }

  @Override
  InteropHost.Link dial(InteropHost dialer, String address) throws Exception {
    return dialer.dialTcp(address);
  }

  @Override
  String addressPart() {
    return "/tcp/";
  }

  @Override
  String security() {
    return NoiseSecurity.ID;
  }
}
