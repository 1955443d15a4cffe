/** The stores, all behind one small interface, and what is measured of them. */
@NullMarked
package xf.bench.store;

import org.jspecify.annotations.NullMarked;
