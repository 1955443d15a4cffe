/**
 * The groups this device is in: their secrets are with the keyring, their names in the store, their
 * sync with the engine. Safe for use by any thread; failures are {@link xf.event.XfException}s.
 */
@NullMarked
package xf.gossip.group;

import org.jspecify.annotations.NullMarked;
