/**
 * Sync between the members of a group, protocol {@code /xf/sync/1}: who is a member, which heads
 * differ, which events are missing, what is new.
 *
 * <p>{@link xf.gossip.sync.GroupState} is the machine: one for each group, without I/O, threads or
 * a clock of its own. What happens goes in as a {@link xf.gossip.sync.SyncInput}, what is to be
 * done comes out as {@link xf.gossip.sync.SyncOutput}s, so the same code runs over sockets and in
 * simulations. It reads the device's own logs through a {@link xf.gossip.sync.Replica} and writes
 * them only through outputs. Not safe for use by several threads: whoever drives it serialises.
 *
 * <p>A log has one writer, so two honest copies differ by two numbers. Signatures are verified once
 * for a head, never for an event: events are hashed into the log's own frontier, the root is
 * compared with the signed one, and only then is anything stored. What a peer sends wrong is a
 * {@link xf.gossip.Refusal} with penalty points, never an exception that leaves the machine.
 */
@NullMarked
package xf.gossip.sync;

import org.jspecify.annotations.NullMarked;
