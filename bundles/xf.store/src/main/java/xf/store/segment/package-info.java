/**
 * Segments: files of up to 1,024 Merkle pages each, one run of them per log.
 *
 * <p>{@link xf.store.segment.SegmentDescriptor} has the bytes, {@link xf.store.segment.LogPages}
 * one log's run, {@link xf.store.segment.SegmentPageStore} all of them. Pages are written with
 * {@code pwrite} and read through a map: a full disk is then an exception, where a store into a map
 * would be a fault that takes the process down. Failures are {@link xf.store.StoreException}s that
 * name the file. Private to the bundle.
 */
@NullMarked
package xf.store.segment;

import org.jspecify.annotations.NullMarked;
