package xf.gossip.identity;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import xf.event.AuthorKey;
import xf.event.Keyring;
import xf.event.Signer;
import xf.gossip.net.NetworkIdentity;

/** The device's own key as its identity on the network: one key is author and peer. */
@Component(service = NetworkIdentity.class)
public final class KeyringIdentity implements NetworkIdentity {
  private final Signer device;

  /** Takes the device's key of a keyring. */
  @Activate
  public KeyringIdentity(@Reference Keyring keyring) {
    this.device = keyring.device();
  }

  @Override
  public AuthorKey publicKey() {
    return device.author();
  }

  @Override
  public byte[] sign(byte[] message) {
    return device.sign(message);
  }
}
