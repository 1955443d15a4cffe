package xf.event.identity;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.event.Hkdf;
import xf.event.Keyring;
import xf.event.Signer;
import xf.event.XfException;

/**
 * A keyring in a folder: {@code device.key}, {@code home.group}, {@code groups/<id>.group} for
 * every other group, and {@code import-authors}.
 *
 * <p>The two secrets are independent: giving a group away never says anything about the device key,
 * and one leaked key of an import does not lead back to the key it was derived from (HKDF is
 * one-way).
 */
public final class FileKeyring implements Keyring {
  private static final String IMPORT_LABEL = "xf/import-author/v1";

  private final byte[] deviceSeed;
  private final Ed25519Signer device;
  private final GroupSecret home;
  private final GroupFiles groupFiles;
  private final Map<GroupId, GroupSecret> otherGroups = new ConcurrentHashMap<>();
  private final ImportAuthors importAuthors;
  private final Map<String, AuthorKey> authors = new ConcurrentHashMap<>();
  private final Map<AuthorKey, String> labels = new ConcurrentHashMap<>();
  private final Map<String, Signer> signers = new ConcurrentHashMap<>();
  private final Object appending = new Object();

  private FileKeyring(
      byte[] deviceSeed, byte[] groupSecret, GroupFiles groupFiles, ImportAuthors importAuthors) {
    this.deviceSeed = deviceSeed;
    this.device = new Ed25519Signer(deviceSeed);
    this.home = GroupSecret.of(groupSecret);
    this.groupFiles = groupFiles;
    groupFiles.load().forEach(group -> otherGroups.put(group.id(), group));
    this.importAuthors = importAuthors;
    importAuthors.load(this::remember);
  }

  /** Opens the keys in {@code folder}; those that are missing are made. */
  public static FileKeyring open(Path folder, SecureRandom random) {
    try {
      SecretFile.createFolder(folder);
    } catch (IOException e) {
      throw new XfException(
          ErrorCode.IO, "identity folder " + folder + ": " + SecretFile.reason(e), e);
    }
    byte[] seed =
        SecretFile.readOrCreate(folder.resolve("device.key"), SecretFile.Kind.DEVICE_KEY, random);
    byte[] group =
        SecretFile.readOrCreate(folder.resolve("home.group"), SecretFile.Kind.GROUP_SECRET, random);
    return new FileKeyring(
        seed,
        group,
        new GroupFiles(folder.resolve("groups")),
        new ImportAuthors(folder.toAbsolutePath().resolve("import-authors")));
  }

  @Override
  public Signer device() {
    return device;
  }

  @Override
  public GroupId homeGroup() {
    return home.id();
  }

  @Override
  public List<GroupSecret> groups() {
    List<GroupSecret> all = new ArrayList<>(otherGroups.values());
    all.sort(Comparator.comparing(GroupSecret::id));
    all.add(0, home);
    return List.copyOf(all);
  }

  @Override
  public boolean isIn(GroupId group) {
    return group.equals(home.id()) || otherGroups.containsKey(group);
  }

  @Override
  public void keep(GroupSecret group) {
    synchronized (groupFiles) {
      if (!group.equals(home) && !otherGroups.containsKey(group.id())) {
        groupFiles.write(group);
        otherGroups.put(group.id(), group);
      }
    }
  }

  @Override
  public void forget(GroupId group) {
    if (group.equals(home.id())) {
      throw new XfException(
          ErrorCode.BAD_CONFIGURATION,
          "group " + group + ": it is this device's own and cannot be left");
    }
    synchronized (groupFiles) {
      if (otherGroups.containsKey(group)) {
        groupFiles.delete(group);
        otherGroups.remove(group);
      }
    }
  }

  @Override
  public List<Signer> derive(List<String> wanted) {
    synchronized (appending) {
      Map<String, ImportAuthors.Entry> fresh = new HashMap<>();
      for (String label : wanted) {
        if (!authors.containsKey(label) && !fresh.containsKey(label)) {
          Keyring.checkLabel(label);
          fresh.put(label, new ImportAuthors.Entry(label, signer(label).author()));
        }
      }
      if (!fresh.isEmpty()) {
        importAuthors.append(List.copyOf(fresh.values()));
        fresh.values().forEach(entry -> remember(entry.label(), entry.author()));
      }
    }
    List<Signer> result = new ArrayList<>(wanted.size());
    wanted.forEach(label -> result.add(signer(label)));
    return result;
  }

  @Override
  public Optional<Signer> find(AuthorKey author) {
    if (author.equals(device.author())) {
      return Optional.of(device);
    }
    return label(author).map(this::signer).map(signer -> checked(signer, author));
  }

  @Override
  public Optional<String> label(AuthorKey author) {
    return Optional.ofNullable(labels.get(author));
  }

  private void remember(String label, AuthorKey author) {
    authors.put(label, author);
    labels.put(author, label);
  }

  private Signer signer(String label) {
    return signers.computeIfAbsent(
        label, l -> new Ed25519Signer(Hkdf.derive(deviceSeed, IMPORT_LABEL, l)));
  }

  /** The file of labels may have come from another device: its authors are not this one's then. */
  private static Signer checked(Signer signer, AuthorKey author) {
    if (!signer.author().equals(author)) {
      throw new XfException(
          ErrorCode.NOT_VERIFIED,
          "import-authors names author " + author + ", which this device key does not give");
    }
    return signer;
  }

  @Override
  public String toString() {
    return "keyring of " + device.author();
  }
}
