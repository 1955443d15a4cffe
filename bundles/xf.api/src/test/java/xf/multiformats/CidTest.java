package xf.multiformats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import xf.event.XfException;

class CidTest {
  private static final String V0 = "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n";
  private static final String V1 = "bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";

  /** Both name the empty directory of IPFS. */
  @Test
  void shouldReadBothVersionsOfTheSameContent() {
    Cid v0 = Cid.parse(V0);
    Cid v1 = Cid.parse(V1);
    assertEquals(v1.hash(), v0.hash());
    assertEquals(Cid.DAG_PB, v0.codec());
    assertEquals(V0, v0.toString());
    assertEquals(V1, v1.toString());
    assertEquals(v1, Cid.parse(v1.toText(Multibase.BASE36)));
    assertEquals(v0, Cid.decode(v0.toByteArray()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Qm", "b", "zQm", "bafy", "z" + V0, "bag6a"})
  void shouldRefuseWhatIsNoCid(String text) {
    assertThrows(XfException.class, () -> Cid.parse(text));
  }

  @Test
  void shouldRefuseMultihashesOfTheWrongLength() {
    byte[] hash = Multihash.sha256(new byte[0]).toByteArray();
    hash[1] = 31;
    assertThrows(XfException.class, () -> Multihash.decode(hash));
    hash[1] = 33;
    assertThrows(XfException.class, () -> Multihash.decode(hash));
  }
}
