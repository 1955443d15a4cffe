package xf.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ServicesTest {
  @Test
  void shouldFindTheInnermostOfOurOwnReasons() {
    String trace =
        """
        org.osgi.framework.BundleException: cannot construct
        \tat org.apache.felix.scr.impl.Manager.call(Manager.java:1)
        Caused by: xf.event.XfException: outer
        \tat xf.store.Some.where(Some.java:2)
        Caused by: xf.store.StoreException: /data/events: held by process 7, stop it first
        \tat xf.store.Some.where(Some.java:3)
        """;
    assertEquals(
        Optional.of("/data/events: held by process 7, stop it first"), Services.ownSentence(trace));
    assertEquals(Optional.empty(), Services.ownSentence("java.lang.Error: no\n\tat xf.a.B: x"));
    assertEquals(Optional.empty(), Services.ownSentence(null));
  }
}
