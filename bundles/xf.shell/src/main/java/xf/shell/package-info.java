/**
 * The commands of scope {@code xf} for Gogo: parse, call an API, print.
 *
 * <p>Each group of commands is a component that looks its services up when it is called, so that a
 * command is there even when what it needs is not, and can say why. Commands run on the caller's
 * thread; every failure is one sentence in an {@link xf.event.XfException}. Nothing is exported.
 */
@NullMarked
package xf.shell;

import org.jspecify.annotations.NullMarked;
