/**
 * Starts a node: reads the command line, assembles the framework, waits for its end.
 *
 * <p>Runs on the class path, outside the framework. It knows bundles only as files and passes what
 * it was told as framework properties ({@code xf.*}) and as configurations that are there before
 * Configuration Admin starts. Exit codes: 0, 1 when something failed, 2 for a wrong command line or
 * setting.
 */
@NullMarked
package xf.launch;

import org.jspecify.annotations.NullMarked;
