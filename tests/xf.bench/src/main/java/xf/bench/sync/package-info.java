/** Two devices in two JVMs with real sockets between them: what runs in each of the JVMs. */
@NullMarked
package xf.bench.sync;

import org.jspecify.annotations.NullMarked;
