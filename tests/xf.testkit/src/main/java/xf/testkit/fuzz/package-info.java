/** Throwing bad bytes at decoders. */
@NullMarked
package xf.testkit.fuzz;

import org.jspecify.annotations.NullMarked;
