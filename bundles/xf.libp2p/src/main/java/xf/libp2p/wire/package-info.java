/**
 * The small encodings every libp2p protocol is made of: unsigned varints, frames with a length
 * prefix, and protobuf messages.
 *
 * <p>All of it is free of threads. Decoders never allocate more than the limit they were given and
 * throw nothing but {@link xf.libp2p.wire.WireException}, whatever the bytes.
 */
@NullMarked
package xf.libp2p.wire;

import org.jspecify.annotations.NullMarked;
