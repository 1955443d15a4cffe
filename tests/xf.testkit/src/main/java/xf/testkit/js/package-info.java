/**
 * js-libp2p as a process of its own, driven by a JSON object a line: the peer of interop tests and
 * the yardstick of benchmarks. Needs node and the folder {@code xf.shared}; where they are missing,
 * {@link xf.testkit.js.JsInstall} says so.
 */
@NullMarked
package xf.testkit.js;

import org.jspecify.annotations.NullMarked;
