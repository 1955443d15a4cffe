/** multistream-select 1.0: agreeing on a protocol by name. */
@NullMarked
package xf.libp2p.negotiate;

import org.jspecify.annotations.NullMarked;
