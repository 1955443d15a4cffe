/**
 * The device's keys in files: made on first start, readable by their owner alone.
 *
 * <p>{@link xf.event.identity.FileKeyring} works without OSGi; {@link
 * xf.event.identity.KeyringComponent} makes it a service. Safe for use by any thread. A file that
 * is damaged, unreadable or open to other users is refused with an {@link xf.event.XfException}
 * that names it; no private byte ever reaches a message, a log line or a {@code toString}.
 */
@NullMarked
package xf.event.identity;

import org.jspecify.annotations.NullMarked;
