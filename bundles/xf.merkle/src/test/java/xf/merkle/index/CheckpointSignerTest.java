package xf.merkle.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import xf.event.AuthorKey;
import xf.event.ErrorCode;
import xf.event.EventDraft;
import xf.event.EventLog;
import xf.event.GroupId;
import xf.event.GroupSecret;
import xf.event.Keyring;
import xf.event.LogName;
import xf.event.Signer;
import xf.event.StreamClass;
import xf.event.XfException;
import xf.event.identity.FileKeyring;
import xf.merkle.Checkpoint;
import xf.store.lmdb.LmdbEventStore;
import xf.store.segment.SegmentPageStore;

/** When a single head is signed, and when the signature may be seen. */
class CheckpointSignerTest {
  private static final int TIMEOUT_S = 20;

  @TempDir Path folder;
  private Keyring keyring;
  private LmdbEventStore store;
  private SegmentPageStore pages;
  private LiveMerkleIndex index;
  private final CountDownLatch signed = new CountDownLatch(1);
  private LongConsumer beforeForce = at -> {};

  @BeforeEach
  void open() {
    keyring = FileKeyring.open(folder.resolve("identity"), new SecureRandom());
    store = LmdbEventStore.open(folder.resolve("events"));
    pages = new SegmentPageStore(folder.resolve("pages"));
    RatchetSteps steps =
        new RatchetSteps() {
          @Override
          public void before(Step step, long at) {
            if (step == Step.FORCE) {
              beforeForce.accept(at);
            }
          }
        };
    index =
        new LiveMerkleIndex(
            store, pages, new TellingKeyring(), folder.resolve("identity/ratchet"), steps);
  }

  @AfterEach
  void close() {
    index.close();
    pages.close();
    store.close();
  }

  private EventLog logOfOneEvent() {
    EventLog log =
        store.open(
            new LogName(keyring.homeGroup(), StreamClass.TOPIC, "t", keyring.device().author(), 0));
    log.append(EventDraft.of(new byte[9])).join();
    return log;
  }

  @Test
  void shouldSignASingleHeadWhileTheRatchetsSyncRunsAndShowItAfter() {
    EventLog log = logOfOneEvent();
    CountDownLatch syncing = new CountDownLatch(1);
    CountDownLatch mayEnd = new CountDownLatch(1);
    beforeForce =
        at -> {
          syncing.countDown();
          await(mayEnd);
        };
    CompletableFuture<Checkpoint> shown =
        CompletableFuture.supplyAsync(() -> index.checkpoint(log.id()));
    await(syncing);
    await(signed);
    assertFalse(shown.isDone(), "shown before the ratchet had noted it");
    mayEnd.countDown();
    shown.join().verify();
  }

  @Test
  void shouldShowNoSignatureThatTheRatchetCouldNotNote() {
    EventLog log = logOfOneEvent();
    beforeForce =
        at -> {
          await(signed);
          throw new XfException(ErrorCode.IO, "the disk is gone");
        };
    XfException refused = assertThrows(XfException.class, () -> index.checkpoint(log.id()));
    assertEquals("the disk is gone", refused.getMessage());
    assertEquals(Optional.empty(), index.checkpointAt(log.id(), 1));
    beforeForce = at -> {};
    index.checkpoint(log.id()).verify();
  }

  @Test
  void shouldSayThatItIsBeingStopped() {
    EventLog log = logOfOneEvent();
    index.close();
    XfException refused = assertThrows(XfException.class, () -> index.checkpoint(log.id()));
    assertEquals(ErrorCode.UNAVAILABLE, refused.code());
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(TIMEOUT_S, TimeUnit.SECONDS), "it did not come");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** The device's keys, and a word about each signature that was made. */
  private final class TellingKeyring implements Keyring {
    @Override
    public Signer device() {
      return telling(keyring.device());
    }

    @Override
    public Optional<Signer> find(AuthorKey author) {
      return keyring.find(author).map(this::telling);
    }

    private Signer telling(Signer signer) {
      return new Signer() {
        @Override
        public AuthorKey author() {
          return signer.author();
        }

        @Override
        public byte[] sign(byte[] message) {
          byte[] signature = signer.sign(message);
          signed.countDown();
          return signature;
        }
      };
    }

    @Override
    public GroupId homeGroup() {
      return keyring.homeGroup();
    }

    @Override
    public List<GroupSecret> groups() {
      return keyring.groups();
    }

    @Override
    public void keep(GroupSecret group) {
      keyring.keep(group);
    }

    @Override
    public void forget(GroupId group) {
      keyring.forget(group);
    }

    @Override
    public List<Signer> derive(List<String> labels) {
      return keyring.derive(labels);
    }

    @Override
    public Optional<String> label(AuthorKey author) {
      return keyring.label(author);
    }
  }
}
