package xf.bench.store;

import java.nio.file.Path;
import java.util.List;

/** Who takes part. A name is all that a JVM that measures somebody else loads of it. */
public enum Contenders {
  /** The whole path. */
  OURS("ours (with proofs)") {
    @Override
    public Contender open(Path folder) {
      return new Ours(folder);
    }
  },
  /** Flag-free. */
  LMDB("bare lmdbjava, no JVM flags") {
    @Override
    public Contender open(Path folder) {
      return BareLmdb.withoutFlags(folder);
    }
  },
  /** At its fastest. */
  LMDB_FLAGS("bare lmdbjava, PROXY_OPTIMAL") {
    @Override
    public Contender open(Path folder) {
      return BareLmdb.withFlags(folder);
    }

    @Override
    public List<String> jvmFlags() {
      return List.of(
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    }
  },
  /** Synced log. */
  ROCKSDB("RocksDB, WAL sync") {
    @Override
    public Contender open(Path folder) throws Exception {
      return new Rocks(folder);
    }
  },
  /** Commit and sync. */
  MVSTORE("H2 MVStore, commit + sync") {
    @Override
    public Contender open(Path folder) {
      return new MvStoreMap(folder);
    }
  },
  /** Full synchronous. */
  SQLITE("SQLite, WAL, full") {
    @Override
    public Contender open(Path folder) throws Exception {
      return new Sqlite(folder);
    }
  },
  /** Never syncs. */
  CHRONICLE("Chronicle Queue, no sync") {
    @Override
    public Contender open(Path folder) {
      return new Chronicle(folder);
    }

    @Override
    public List<String> jvmFlags() {
      return List.of(
          "-Dchronicle.analytics.disable=true",
          "-Dchronicle.disk.monitor.disable=true",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED",
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
          "--add-opens=java.base/java.io=ALL-UNNAMED",
          "--add-opens=java.base/java.util=ALL-UNNAMED",
          "--add-opens=java.base/java.nio=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    }
  };

  private final String title;

  Contenders(String title) {
    this.title = title;
  }

  /** As it is called in a table. */
  public String title() {
    return title;
  }

  /** Opens it in an empty folder. */
  public abstract Contender open(Path folder) throws Exception;

  /** Whether it is a store of its own, and one that makes its commits durable. */
  public boolean isRivalThatSyncs() {
    return this == ROCKSDB || this == MVSTORE || this == SQLITE;
  }

  /** What its JVM has to be told. */
  public List<String> jvmFlags() {
    return List.of();
  }
}
