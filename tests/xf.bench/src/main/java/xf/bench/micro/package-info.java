/** JMH benchmarks of the small things. */
@NullMarked
package xf.bench.micro;

import org.jspecify.annotations.NullMarked;
