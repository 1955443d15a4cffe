/**
 * Benchmarks, beside the libraries a user would pick instead. {@link xf.bench.Main} is what {@code
 * ./run bench} starts; each measurement runs in a JVM of its own. Never shipped.
 */
@NullMarked
package xf.bench;

import org.jspecify.annotations.NullMarked;
