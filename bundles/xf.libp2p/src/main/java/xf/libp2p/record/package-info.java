/**
 * Signed envelopes and peer records (libp2p RFC 0002 and 0003). Immutable values, for any thread;
 * what does not verify is a typed refusal.
 */
@NullMarked
package xf.libp2p.record;

import org.jspecify.annotations.NullMarked;
