package xf.gossip.net;

import org.osgi.annotation.versioning.ConsumerType;

/** Takes in the streams that peers open for a protocol. */
@ConsumerType
@FunctionalInterface
public interface StreamAcceptor {
  /**
   * The handler of a new stream, called on the stream's thread before its {@code onOpen}. To refuse
   * the stream, throw a {@link NetworkException}: it is reset with that reason.
   */
  StreamHandler accept(Stream stream);
}
