package xf.event.identity;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import xf.event.ErrorCode;
import xf.event.XfException;

/**
 * Thirty-two secret bytes in a file that only its owner may read.
 *
 * <pre>
 *   0        4        5        6      8                              40      44
 *   +--------+--------+--------+------+------------------------------+-------+
 *   |"XKEY"  |version |kind    |zero  |secret 32                     |CRC32C |
 *   +--------+--------+--------+------+------------------------------+-------+
 * </pre>
 *
 * Little-endian; the checksum covers all that is before it.
 */
final class SecretFile {
  /** What the secret is for; a file is never read as another kind. */
  enum Kind {
    DEVICE_KEY(1, "device key"),
    GROUP_SECRET(2, "group secret");

    private final int code;
    private final String words;

    Kind(int code, String words) {
      this.code = code;
      this.words = words;
    }
  }

  static final int SECRET_BYTES = 32;
  static final int FILE_BYTES = 44;
  private static final int MAGIC = 'X' | 'K' << 8 | 'E' << 16 | 'Y' << 24;
  private static final int VERSION = 1;
  private static final int VERSION_OFFSET = 4;
  private static final int KIND_OFFSET = 5;
  private static final int SECRET_OFFSET = 8;
  private static final int CRC_OFFSET = SECRET_OFFSET + SECRET_BYTES;
  private static final Set<PosixFilePermission> OWNER =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
  private static final Set<PosixFilePermission> OWNER_FOLDER =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);

  private SecretFile() {}

  /** The secret in the file; a new one is made, durably, when there is no such file. */
  static byte[] readOrCreate(Path file, Kind kind, SecureRandom random) {
    try {
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        create(file, kind, secret);
      }
      return read(file, kind);
    } catch (IOException e) {
      throw new XfException(
          ErrorCode.IO, kind.words + " " + file + ": cannot be read or made: " + reason(e), e);
    }
  }

  /** The secret in a file that is there. */
  static byte[] readExisting(Path file, Kind kind) {
    try {
      return read(file, kind);
    } catch (IOException e) {
      throw new XfException(
          ErrorCode.IO, kind.words + " " + file + ": cannot be read: " + reason(e), e);
    }
  }

  /** Keeps a secret in a file, durably; a file that is there stays as it is. */
  static void keep(Path file, Kind kind, byte[] secret) {
    try {
      create(file, kind, secret);
    } catch (IOException e) {
      throw new XfException(
          ErrorCode.IO, kind.words + " " + file + ": cannot be written: " + reason(e), e);
    }
  }

  /** Makes the folder, for its owner alone where the file system knows owners. */
  static void createFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Path parent = folder.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.createDirectories(folder, attributes(folder, OWNER_FOLDER));
    }
  }

  private static void create(Path file, Kind kind, byte[] secret) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder == null) {
      throw new IOException("it has no folder");
    }
    createFolder(folder);
    Path temporary =
        Files.createTempFile(folder, "new-", ".key", attributes(folder, OWNER)); // starts as 0600
    try {
      writeDurably(temporary, encode(kind, secret));
      publish(temporary, file);
    } finally {
      Files.deleteIfExists(temporary);
    }
    syncFolder(folder);
  }

  /** A link never replaces a key that another process made in the meantime; a rename would. */
  private static void publish(Path temporary, Path file) throws IOException {
    try {
      Files.createLink(file, temporary);
    } catch (FileAlreadyExistsException e) {
      return; // theirs is the key; it is read next
    } catch (UnsupportedOperationException | IOException e) {
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static void writeDurably(Path file, ByteBuffer bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** Makes a new name in a folder durable; Windows cannot open folders and needs no such thing. */
  static void syncFolder(Path folder) throws IOException {
    if (isPosix(folder)) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static ByteBuffer encode(Kind kind, byte[] secret) {
    ByteBuffer bytes = ByteBuffer.allocate(FILE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0, MAGIC);
    bytes.put(VERSION_OFFSET, (byte) VERSION);
    bytes.put(KIND_OFFSET, (byte) kind.code);
    bytes.put(SECRET_OFFSET, secret);
    bytes.putInt(CRC_OFFSET, crc(bytes.array()));
    return bytes;
  }

  private static byte[] read(Path file, Kind kind) throws IOException {
    checkOwnerOnly(file, kind);
    long length = Files.size(file);
    check(file, kind, length == FILE_BYTES, "has " + length + " bytes, expected " + FILE_BYTES);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    check(file, kind, bytes.capacity() == FILE_BYTES, "changed while it was read");
    check(file, kind, bytes.getInt(0) == MAGIC, "does not start with XKEY");
    check(file, kind, bytes.getInt(CRC_OFFSET) == crc(bytes.array()), "has a wrong checksum");
    int version = Byte.toUnsignedInt(bytes.get(VERSION_OFFSET));
    check(file, kind, version == VERSION, "has version " + version + ", expected " + VERSION);
    int code = Byte.toUnsignedInt(bytes.get(KIND_OFFSET));
    check(file, kind, code == kind.code, "is of kind " + code + ", expected " + kind.code);
    byte[] secret = new byte[SECRET_BYTES];
    bytes.get(SECRET_OFFSET, secret);
    return secret;
  }

  private static void check(Path file, Kind kind, boolean holds, String problem) {
    if (!holds) {
      throw new XfException(
          ErrorCode.BAD_FORMAT,
          kind.words + " " + file + " is damaged: it " + problem + "; restore it from a backup");
    }
  }

  private static void checkOwnerOnly(Path file, Kind kind) throws IOException {
    PosixFileAttributeView view =
        Files.getFileAttributeView(file, PosixFileAttributeView.class, new LinkOption[0]);
    if (view == null) {
      return; // no such notion here: the folder's own protection has to do
    }
    Set<PosixFilePermission> permissions = view.readAttributes().permissions();
    if (!OWNER.containsAll(permissions)) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION,
          kind.words
              + " "
              + file
              + " is open to others ("
              + PosixFilePermissions.toString(permissions)
              + ", expected rw-------): run chmod 600 on it, or replace the key");
    }
  }

  private static FileAttribute<?>[] attributes(Path place, Set<PosixFilePermission> permissions) {
    return isPosix(place)
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
        : new FileAttribute<?>[0];
  }

  private static boolean isPosix(Path place) {
    return place.getFileSystem().supportedFileAttributeViews().contains("posix");
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, CRC_OFFSET);
    return (int) crc.getValue();
  }

  /** What an I/O exception is about, in words: its message is often no more than the file. */
  static String reason(@Nullable IOException e) {
    return e == null ? "unknown" : e.getClass().getSimpleName() + " " + e.getMessage();
  }
}
