package xf.event;

/** Is told that more is durable. */
@FunctionalInterface
public interface CommitListener {
  /** Called on the writer's thread; must return at once. */
  void committed(long endPosition);
}
