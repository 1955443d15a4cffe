/**
 * The event bus: publishing into this device's own logs, and delivery to listeners.
 *
 * <p>The log is the only queue. One dispatcher thread follows the store's order of arrival and
 * hands copies to the bounded inbox of each listener, which has threads of its own; a listener that
 * cannot keep up goes on from the log at its own pace. The store may be replaced underneath at any
 * time: publishers wait, the dispatcher and the listeners go on from their positions.
 */
@NullMarked
package xf.event.dispatch;

import org.jspecify.annotations.NullMarked;
