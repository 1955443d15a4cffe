package xf.shell.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class CheckedNamesTest {
  private int checks;
  private final CheckedNames names =
      new CheckedNames(
          name -> {
            checks++;
            if (name.isEmpty()) {
              throw new IllegalArgumentException("no name");
            }
          });

  @Test
  void shouldCheckANameOnce() {
    names.checked("ada");
    names.checked("ada");
    assertEquals(1, checks);
  }

  @Test
  void shouldCheckABadNameEachTime() {
    assertThrows(IllegalArgumentException.class, () -> names.checked(""));
    assertThrows(IllegalArgumentException.class, () -> names.checked(""));
    assertEquals(2, checks);
  }

  @Test
  void shouldForgetNamesWhenThereAreTooMany() {
    for (int i = 0; i <= CheckedNames.MAX_NAMES; i++) {
      names.checked("name " + i);
    }
    names.checked("name " + CheckedNames.MAX_NAMES);
    assertEquals(CheckedNames.MAX_NAMES + 1, checks);
    names.checked("name 0");
    assertEquals(CheckedNames.MAX_NAMES + 2, checks);
  }
}
