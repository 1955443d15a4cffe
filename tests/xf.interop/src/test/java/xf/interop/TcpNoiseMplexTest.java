package xf.interop;

import java.security.SecureRandom;
import xf.libp2p.mux.MplexMuxer;
import xf.libp2p.security.AeadSource;
import xf.libp2p.security.NoiseSecurity;

class TcpNoiseMplexTest extends TcpContract {
  TcpNoiseMplexTest() {
    super(
        identity -> new NoiseSecurity(identity, new SecureRandom(), AeadSource.ofJdk()),
        NoiseSecurity.ID,
        "noise",
        new MplexMuxer(),
        "mplex");
  }
}
