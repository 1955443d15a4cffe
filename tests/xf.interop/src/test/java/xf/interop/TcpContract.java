package xf.interop;

import java.util.List;
import java.util.Map;
import xf.libp2p.mux.MuxerProtocol;

/** The contract over TCP, secured and muxed in one way. */
abstract class TcpContract extends InteropContract {
  private final InteropHost.Security security;
  private final String securityId;
  private final List<MuxerProtocol> muxers;
  private final Map<String, Object> jsConfig;

  /** What both sides do; js has short names for it. */
  TcpContract(
      InteropHost.Security security,
      String securityId,
      String jsSecurity,
      MuxerProtocol muxer,
      String jsMuxer) {
    this.security = security;
    this.securityId = securityId;
    this.muxers = List.of(muxer);
    this.jsConfig =
        Map.of(
            "listen", List.of("/ip4/127.0.0.1/tcp/0"),
            "transports", List.of("tcp"),
            "sec", List.of(jsSecurity),
            "mux", List.of(jsMuxer));
  }

  @Override
  final InteropHost newHost() {
    return new InteropHost(security, muxers);
  }

  @Override
  final Map<String, Object> jsConfig() {
    return jsConfig;
  }

  @Override
  final String listen(InteropHost listener) throws Exception {
    return listener.listenTcp();
  }

  @Override
  final InteropHost.Link dial(InteropHost from, String address) throws Exception {
    return from.dialTcp(address);
  }

  @Override
  final String addressPart() {
    return "/tcp/";
  }

  @Override
  final String security() {
    return securityId;
  }
}
