/**
 * The index that follows the log: leaf hashes, pages, checkpoints.
 *
 * <p>Reading order: {@link xf.merkle.index.LogTree} (one log's tree), {@link
 * xf.merkle.index.Follower} (the stage that brings events to trees and makes the result durable),
 * {@link xf.merkle.index.Ratchet} (why a restored backup cannot fork its log), {@link
 * xf.merkle.index.LiveMerkleIndex} (the service). One thread follows; questions are answered on the
 * caller's thread, one log at a time. Everything but the ratchet can be deleted and is built again.
 */
@NullMarked
package xf.merkle.index;

import org.jspecify.annotations.NullMarked;
