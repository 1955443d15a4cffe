package xf.event;

/** When an append is acknowledged. */
public enum Durability {
  /** After the fsync of the group commit it is in: survives loss of power. The default. */
  DURABLE,
  /** As soon as the writer has given it its index: lost when the process dies before its commit. */
  BUFFERED
}
