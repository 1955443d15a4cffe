/** Who this device is on the network: the key of its keyring, lent for signing. */
@NullMarked
package xf.gossip.identity;

import org.jspecify.annotations.NullMarked;
