/**
 * The self-describing formats that libp2p is made of: variable-length integers, text bases, hashes
 * and content identifiers.
 *
 * <p>Pure functions and immutable values, for use by any thread. Whatever comes from outside is
 * checked: every refusal is an {@link xf.event.XfException} of code {@code BAD_FORMAT} or {@code
 * TOO_LARGE}, and nothing is allocated beyond the length of the input. The specifications are those
 * of github.com/multiformats.
 */
@Export
@Version("1.0.0")
@NullMarked
package xf.multiformats;

import org.jspecify.annotations.NullMarked;
import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
