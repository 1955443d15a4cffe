package xf.bench.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** SQLite: write-ahead log, synced with each commit. */
final class Sqlite implements Contender {
  private final Connection connection;
  private final PreparedStatement insert;
  private final PreparedStatement select;
  private long size;
  private long commits;

  Sqlite(Path folder) throws SQLException {
    connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("events.db"));
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("PRAGMA synchronous=FULL");
      statement.execute("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, body BLOB)");
    }
    connection.setAutoCommit(false);
    insert = connection.prepareStatement("INSERT INTO events VALUES (?, ?)");
    select = connection.prepareStatement("SELECT body FROM events WHERE id = ?");
  }

  @Override
  public synchronized void appendGroup(int events) throws SQLException {
    for (int i = 0; i < events; i++) {
      insert.setLong(1, size);
      insert.setBytes(2, Payloads.array(size));
      insert.addBatch();
      size++;
    }
    insert.executeBatch();
    connection.commit();
    commits++;
  }

  @Override
  public void appendOne() throws SQLException {
    appendGroup(1);
  }

  @Override
  public long read(long index) throws SQLException {
    select.setLong(1, index);
    try (ResultSet row = select.executeQuery()) {
      row.next();
      return ByteBuffer.wrap(row.getBytes(1)).getLong(0);
    }
  }

  @Override
  public long scan() throws SQLException {
    long count = 0;
    long sum = 0;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT body FROM events ORDER BY id")) {
      while (row.next()) {
        sum += ByteBuffer.wrap(row.getBytes(1)).getLong(0);
        count++;
      }
    }
    return sum == 42 ? -1 : count;
  }

  @Override
  public long size() {
    return size;
  }

  /** Those of the write-ahead log; its checkpoints come on top. */
  @Override
  public long fsyncs() {
    return commits;
  }

  @Override
  public void close() throws IOException {
    try {
      select.close();
      insert.close();
      connection.close();
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }
}
