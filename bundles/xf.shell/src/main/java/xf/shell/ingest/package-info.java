/**
 * Import of JSON lines: reading, checking, and appending in batches with several under way.
 *
 * <p>One thread reads and parses while the store's writer commits earlier batches. Memory is
 * bounded whatever the file: four blocks of a megabyte, and tables that forget the oldest. Nothing
 * is remembered outside the store: what is in a log already is found by comparing, so an import
 * that was killed simply starts again.
 */
@NullMarked
package xf.shell.ingest;

import org.jspecify.annotations.NullMarked;
