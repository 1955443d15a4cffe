package xf.bench;

import java.io.IOException;

/** Something that is measured a step at a time, so that several JVMs can take turns. */
public interface Steps extends AutoCloseable {
  /** Does the step of that name and adds what it measured. */
  void step(String name, Figures figures) throws Exception;

  @Override
  void close() throws IOException;
}
