package xf.itest;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;

import javax.inject.Inject;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import xf.gossip.net.Network;

/** A framework that knows nothing of us, where some of the home's bundles do not resolve. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ForeignFrameworkIT {
  @Inject private BundleContext context;

  @Configuration
  public static Option[] configuration() {
    return Node.bundlesInAForeignFramework();
  }

  @Test
  public void shouldHaveANetworkWithoutTheOptionalCipher() throws Exception {
    try (Services services = new Services(context)) {
      services.await(Network.class);
      assertEquals(Bundle.INSTALLED, services.bundle("org.conscrypt").getState());
      assertFalse(services.isWired("xf.libp2p", "org.conscrypt"));
    }
  }
}
