/**
 * Trees, proofs and signed tree heads: RFC 6962 over SHA-256, checkpoints and proofs in the formats
 * of C2SP ({@code docs/format.md} names each).
 *
 * <p>The tree: {@link xf.merkle.TreeHasher} hashes, {@link xf.merkle.CompactRange} holds the peaks,
 * {@link xf.merkle.OpenPage} collects the events of a page, {@link xf.merkle.PageBuilder} seals it
 * and {@link xf.merkle.PageView} reads it, all by {@link xf.merkle.PageDescriptor}. Proofs: {@link
 * xf.merkle.ProofPlan} says which nodes, a {@link xf.merkle.NodeReader} has them, the proof
 * verifies. Files: {@link xf.merkle.SignedNote}, {@link xf.merkle.Checkpoint}, {@link
 * xf.merkle.TlogProof}, {@link xf.merkle.ForkEvidence}, {@link xf.merkle.Tile}.
 *
 * <p>Everything here but {@link xf.merkle.MerkleIndex} is pure: values and arithmetic without
 * threads, I/O or clocks. Every hash has 32 bytes. A proof is only ever checked against a signed
 * size.
 */
@Export
@Version("1.1.0")
@NullMarked
package xf.merkle;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
