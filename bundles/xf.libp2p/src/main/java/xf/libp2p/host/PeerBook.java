package xf.libp2p.host;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.PeerId;
import xf.gossip.net.ProtocolId;

/**
 * What peers said about themselves and what went wrong with them; the peers heard of last, so many
 * and no more. For any thread.
 */
final class PeerBook {
  /** One peer's page. */
  record Page(List<ProtocolId> protocols, String agent, @Nullable CloseReason lastFailure) {
    static final Page EMPTY = new Page(List.of(), "", null);

    Optional<String> agentIfSaid() {
      return agent.isEmpty() ? Optional.empty() : Optional.of(agent);
    }
  }

  private final int maxPeers;
  private final Map<PeerId, Page> pages = new LinkedHashMap<>(16, 0.75f, true);

  PeerBook(int maxPeers) {
    this.maxPeers = maxPeers;
  }

  synchronized void identified(PeerId peer, List<ProtocolId> protocols, String agent) {
    put(peer, new Page(List.copyOf(protocols), agent, page(peer).lastFailure()));
  }

  synchronized void failed(PeerId peer, CloseReason reason) {
    Page was = page(peer);
    put(peer, new Page(was.protocols(), was.agent(), reason));
  }

  private void put(PeerId peer, Page page) {
    pages.put(peer, page);
    if (pages.size() > maxPeers) {
      pages.remove(pages.keySet().iterator().next());
    }
  }

  synchronized Page page(PeerId peer) {
    return pages.getOrDefault(peer, Page.EMPTY);
  }

  synchronized boolean knows(PeerId peer) {
    return pages.containsKey(peer);
  }

  /** Peers with a failure, the latest last. */
  synchronized List<PeerId> failedPeers() {
    List<PeerId> failed = new ArrayList<>();
    pages.forEach(
        (peer, page) -> {
          if (page.lastFailure() != null) {
            failed.add(peer);
          }
        });
    return failed;
  }
}
