/**
 * What an event is, and the contracts through which applications publish, read and listen.
 *
 * <p>Values here are immutable and free of threads and I/O. The services ({@link
 * xf.event.EventBus}, {@link xf.event.EventLogs}, {@link xf.event.Keyring}) are found in the OSGi
 * registry; their providers may be stopped and updated at any time without this package being
 * re-wired. Bytes follow {@code docs/format.md}; every failure is an {@link xf.event.XfException}
 * whose message says what was wrong, where, and what to do.
 */
@Export
@Version("1.0.0")
@NullMarked
package xf.event;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
