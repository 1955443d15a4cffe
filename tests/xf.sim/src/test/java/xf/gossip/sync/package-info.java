/**
 * A group under faults, simulated: {@link xf.gossip.sync.Simulation} runs the product's own {@link
 * xf.gossip.sync.GroupState}s and {@link xf.gossip.sync.Retry}s over virtual time, network and
 * disks, all from one seed; {@link xf.gossip.sync.Invariants} looks at every step. The package is
 * the machine's own so that it can be driven by its one entry; nothing reaches into it.
 *
 * <p>One thread for each run. A rule that is broken is an {@link java.lang.AssertionError} whose
 * message gives the seed and the command that replays it.
 */
package xf.gossip.sync;
