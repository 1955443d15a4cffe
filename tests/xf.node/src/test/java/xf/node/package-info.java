/**
 * Drives the built node as a user does: the {@code run} script, real data, real kills. Every node
 * has a data folder of its own below {@code target}.
 */
package xf.node;
