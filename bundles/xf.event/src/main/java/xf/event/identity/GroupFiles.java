package xf.event.identity;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import xf.event.ErrorCode;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.event.XfException;

/** The secrets of groups that were made or joined: a {@link SecretFile} each, named by its id. */
final class GroupFiles {
  private static final String SUFFIX = ".group";

  private final Path folder;

  GroupFiles(Path folder) {
    this.folder = folder;
  }

  List<GroupSecret> load() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<GroupSecret> groups = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(SUFFIX)).sorted().toList()) {
        groups.add(read(file));
      }
    } catch (IOException e) {
      throw failure("cannot be listed", e);
    }
    return groups;
  }

  private GroupSecret read(Path file) {
    GroupSecret group = GroupSecret.of(SecretFile.readExisting(file, SecretFile.Kind.GROUP_SECRET));
    if (!file.equals(file(group.id()))) {
      throw new XfException(
          ErrorCode.NOT_VERIFIED,
          "group secret " + file + " is of group " + group.id() + ": rename it, or remove it");
    }
    return group;
  }

  void write(GroupSecret group) {
    SecretFile.keep(file(group.id()), SecretFile.Kind.GROUP_SECRET, group.toByteArray());
  }

  void delete(GroupId group) {
    try {
      Files.deleteIfExists(file(group));
      SecretFile.syncFolder(folder);
    } catch (IOException e) {
      throw failure("cannot forget group " + group, e);
    }
  }

  private Path file(GroupId group) {
    return folder.resolve(group.toHex() + SUFFIX);
  }

  private XfException failure(String what, IOException e) {
    return new XfException(
        ErrorCode.IO, "folder of groups " + folder + ": " + what + ": " + SecretFile.reason(e), e);
  }
}
