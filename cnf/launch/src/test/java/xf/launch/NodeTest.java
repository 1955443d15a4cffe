package xf.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class NodeTest {
  @Test
  void shouldCallAppleSiliconAsItsNativeLibraryDoes() {
    assertEquals(Optional.of("aarch_64"), Node.processor("Mac OS X", "aarch64"));
    assertEquals(Optional.empty(), Node.processor("Mac OS X", "x86_64"));
    assertEquals(Optional.empty(), Node.processor("Linux", "aarch64"));
  }
}
