package xf.interop;

import java.security.SecureRandom;
import xf.libp2p.mux.YamuxMuxer;
import xf.libp2p.tls.TlsSecurity;

class TcpTlsYamuxTest extends TcpContract {
  TcpTlsYamuxTest() {
    super(
        identity -> new TlsSecurity(identity, new SecureRandom(), System::currentTimeMillis),
        TlsSecurity.ID,
        "tls",
        new YamuxMuxer(System::nanoTime),
        "yamux");
  }
}
