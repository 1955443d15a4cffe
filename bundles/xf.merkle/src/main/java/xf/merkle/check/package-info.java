/**
 * Reads everything again and proves it: events against their pages, pages against the tree, the
 * tree against every checkpoint. Changes nothing. Private to the bundle.
 */
@NullMarked
package xf.merkle.check;

import org.jspecify.annotations.NullMarked;
