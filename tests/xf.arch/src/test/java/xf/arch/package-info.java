/** The architecture as tests: who may import whom, and what an API package owes its users. */
package xf.arch;
