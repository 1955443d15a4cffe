package xf.gossip.net;

/** Something that stays in force until closed; closing twice is allowed. */
@FunctionalInterface
public interface Registration extends AutoCloseable {
  @Override
  void close();
}
