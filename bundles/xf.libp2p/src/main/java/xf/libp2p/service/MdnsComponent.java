package xf.libp2p.service;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import xf.gossip.net.Network;
import xf.libp2p.discovery.MdnsDiscovery;

/** Discovery on the local network; lives as long as the network it feeds. */
@Component(
    service = {},
    configurationPid = MdnsSettings.PID,
    immediate = true)
@Designate(ocd = MdnsSettings.class)
public final class MdnsComponent {
  private final @Nullable MdnsDiscovery discovery;

  /** Begins, unless it is switched off. */
  @Activate
  public MdnsComponent(MdnsSettings settings, @Reference Network network) {
    this.discovery = settings.enabled() ? new MdnsDiscovery(network, new SecureRandom()) : null;
  }

  /** Ends. */
  @Deactivate
  public void close() {
    if (discovery != null) {
      discovery.close();
    }
  }
}
