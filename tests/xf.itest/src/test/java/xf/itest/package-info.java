/** The built bundles in real frameworks: Felix and Equinox, each in a process of its own. */
package xf.itest;
