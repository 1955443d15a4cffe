package xf.event;

/** What a log is for; also its priority, in this order, wherever things wait. */
public enum StreamClass {
  /** The product's own: membership, fork evidence. */
  SYSTEM(0x00),
  /** Keys, profiles, what an author says about itself. */
  IDENTITY(0x01),
  /** The application's own topics. */
  TOPIC(0x10);

  private final int code;

  StreamClass(int code) {
    this.code = code;
  }

  /** The byte that stands for it in events and log names. */
  public int code() {
    return code;
  }

  /**
   * The class with this code.
   *
   * @throws XfException {@link ErrorCode#BAD_FORMAT} for any other byte
   */
  public static StreamClass ofCode(int code) {
    return switch (code) {
      case 0x00 -> SYSTEM;
      case 0x01 -> IDENTITY;
      case 0x10 -> TOPIC;
      default ->
          throw new XfException(
              ErrorCode.BAD_FORMAT,
              "stream class 0x" + Integer.toHexString(code) + ": expected 0x00, 0x01 or 0x10");
    };
  }
}
