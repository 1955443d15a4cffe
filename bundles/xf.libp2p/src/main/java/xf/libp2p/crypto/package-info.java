/**
 * Public keys of the four libp2p types, for verification; our own key signs with Ed25519. Immutable
 * values, for any thread.
 */
@NullMarked
package xf.libp2p.crypto;

import org.jspecify.annotations.NullMarked;
