/** Groups and sync as services. Nothing here but life cycle; threads are those of the engine. */
@NullMarked
package xf.gossip.service;

import org.jspecify.annotations.NullMarked;
