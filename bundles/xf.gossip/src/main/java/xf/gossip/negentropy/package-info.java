/**
 * Range-based set reconciliation, negentropy protocol version 1: two sides find out which items of
 * their sets differ by comparing fingerprints of ever smaller ranges.
 *
 * <p>Pure computation for one thread; messages from outside fail with {@link xf.event.XfException}.
 */
@NullMarked
package xf.gossip.negentropy;

import org.jspecify.annotations.NullMarked;
