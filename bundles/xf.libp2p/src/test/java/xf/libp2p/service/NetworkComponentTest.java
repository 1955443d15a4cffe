package xf.libp2p.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import xf.event.ErrorCode;
import xf.event.XfException;
import xf.gossip.net.NetworkLimits;
import xf.libp2p.host.HostOptions;

class NetworkComponentTest {

  /** Settings as metatype gives them: defaults but for what is named. */
  private static NetworkSettings settings(Map<String, Object> given) {
    Object proxy =
        Proxy.newProxyInstance(
            NetworkSettings.class.getClassLoader(),
            new Class<?>[] {NetworkSettings.class},
            (self, method, arguments) -> value(given, method));
    return (NetworkSettings) proxy;
  }

  private static Object value(Map<String, Object> given, Method method) {
    return given.getOrDefault(method.getName(), method.getDefaultValue());
  }

  @Test
  void shouldListenNowhereByDefault() {
    assertEquals(0, settings(Map.of()).listen().length);
    assertEquals(HostOptions.DEFAULT, NetworkComponent.options(settings(Map.of())));
  }

  @Test
  void shouldTakeLimitsFromTheProfileUnlessTheyAreGiven() {
    HostOptions options =
        NetworkComponent.options(settings(Map.of("profile", "mobile", "connections", 32)));
    NetworkLimits limits = options.config().limits();
    assertEquals(32, limits.connections());
    assertEquals(24, limits.connectionsLow());
    assertEquals(NetworkLimits.MOBILE.windowBytes(), limits.windowBytes());
  }

  @Test
  void shouldTakeEveryLimitThatIsGiven() {
    NetworkLimits wanted =
        new NetworkLimits(10, 7, 2, 3, 4, 5, 6, 11, 1 << 20, 1 << 22, 1 << 24, 1 << 21, 1234, 4321);
    HostOptions options =
        NetworkComponent.options(
            settings(
                Map.ofEntries(
                    Map.entry("connections", 10),
                    Map.entry("connectionsPerPeer", 2),
                    Map.entry("halfOpen", 3),
                    Map.entry("halfOpenPerAddress", 4),
                    Map.entry("dials", 5),
                    Map.entry("streamsPerConnection", 6),
                    Map.entry("streams", 11),
                    Map.entry("windowBytes", 1 << 20),
                    Map.entry("bytesPerPeer", 1L << 22),
                    Map.entry("bytes", 1L << 24),
                    Map.entry("bytesQueuedPerStream", 1 << 21),
                    Map.entry("handshakeTimeoutMs", 1234),
                    Map.entry("negotiationTimeoutMs", 4321))));
    assertEquals(wanted, options.config().limits());
  }

  @Test
  void shouldSayWhichSettingIsWrong() {
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of("profile", "huge"),
            Map.of("windowBytes", 5),
            Map.of("tcp", false, "quic", false),
            Map.of("noise", false, "tls", false))) {
      XfException refused =
          assertThrows(XfException.class, () -> NetworkComponent.options(settings(wrong)));
      assertEquals(ErrorCode.BAD_CONFIGURATION, refused.code());
      assertTrue(refused.getMessage().startsWith("configuration xf.libp2p: "), refused::getMessage);
    }
  }
}
