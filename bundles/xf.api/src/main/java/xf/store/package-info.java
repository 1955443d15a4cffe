/**
 * The contract of the store: a durable event log, the stages that follow it, and the files of
 * Merkle pages.
 *
 * <p>One writer thread commits everything; readers work in parallel on whole commits. All failures
 * are {@link xf.store.StoreException}s that name the file or table, what was found and expected.
 */
@Export
@Version("1.0.0")
@NullMarked
package xf.store;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
