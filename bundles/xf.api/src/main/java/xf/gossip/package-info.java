/**
 * Groups, who is in them, and how far their logs have come from one device to the others.
 *
 * <p>The services are {@link xf.gossip.Groups} (create, invite, join, leave) and {@link
 * xf.gossip.Sync} (what is moving and why not). Values are immutable snapshots; both services may
 * be called from any thread and answer from memory, without waiting for a peer. Failures are {@link
 * xf.event.XfException}s.
 */
@Export
@Version("1.0.0")
@NullMarked
package xf.gossip;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
