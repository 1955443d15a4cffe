/**
 * The event log on LMDB: one appender thread, any number of readers.
 *
 * <p>Reading order: {@link xf.store.lmdb.Tables} (every key and record), {@link
 * xf.store.lmdb.ChunkDescriptor} (how events lie in a record), {@link xf.store.lmdb.Appender} (the
 * commit path), {@link xf.store.lmdb.Recovery} (what an open does), {@link
 * xf.store.lmdb.LmdbEventStore} (what holds it together). Private to the bundle. Failures are
 * {@link xf.store.StoreException}s.
 */
@NullMarked
package xf.store.lmdb;

import org.jspecify.annotations.NullMarked;
