package xf.interop;

import java.security.SecureRandom;
import xf.libp2p.mux.YamuxMuxer;
import xf.libp2p.security.AeadSource;
import xf.libp2p.security.NoiseSecurity;

class TcpNoiseYamuxTest extends TcpContract {
  TcpNoiseYamuxTest() {
    super(
        identity -> new NoiseSecurity(identity, new SecureRandom(), AeadSource.best()),
        NoiseSecurity.ID,
        "noise",
        new YamuxMuxer(System::nanoTime),
        "yamux");
  }
}
