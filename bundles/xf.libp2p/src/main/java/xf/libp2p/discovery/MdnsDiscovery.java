package xf.libp2p.discovery;

import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.jmdns.JmDNS;
import javax.jmdns.ServiceEvent;
import javax.jmdns.ServiceInfo;
import javax.jmdns.ServiceListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import xf.gossip.net.Multiaddr;
import xf.gossip.net.Network;
import xf.gossip.net.NetworkEvent;
import xf.gossip.net.PeerId;
import xf.gossip.net.Registration;

/**
 * Finds peers on the local network and lets them find us (libp2p mDNS discovery: service {@code
 * _p2p._udp.local}, addresses in TXT records).
 *
 * <p>Says and asks nothing until the network listens at an address that others can reach; a device
 * that only dials stays silent. JmDNS blocks, so everything it does is done on one thread of our
 * own.
 */
public final class MdnsDiscovery implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MdnsDiscovery.class);
  private static final String SERVICE = "_p2p._udp.local.";
  private static final Duration TIME_TO_LIVE = Duration.ofMinutes(10);
  private static final int NAME_CHARS = 32;
  private static final int MAX_WAITING = 256;
  private static final long CLOSE_TIMEOUT_S = 10;

  /** Nobody reads this port; mDNS wants one, and libp2p's addresses are in the text. */
  private static final int UNUSED_PORT = 4001;

  private final Network network;
  private final String name;
  private final ThreadPoolExecutor thread;
  private final Registration events;
  private final Map<InetAddress, JmDNS> responders = new HashMap<>();
  private List<Multiaddr> announced = List.of();

  /** Begins; {@code random} makes the name we announce, which says nothing about us. */
  public MdnsDiscovery(Network network, RandomGenerator random) {
    this.network = network;
    this.name = randomName(random);
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MAX_WAITING),
            MdnsDiscovery::newThread);
    this.events = network.addListener(this::onEvent);
    run(this::announce);
  }

  private static Thread newThread(Runnable task) {
    Thread thread = new Thread(task, "xf-net-mdns");
    thread.setDaemon(true);
    return thread;
  }

  private static String randomName(RandomGenerator random) {
    StringBuilder text = new StringBuilder(NAME_CHARS);
    for (int i = 0; i < NAME_CHARS; i++) {
      text.append(Character.forDigit(random.nextInt(36), 36));
    }
    return text.toString();
  }

  private void onEvent(NetworkEvent event) {
    if (event instanceof NetworkEvent.ListenAddressesChanged) {
      run(this::announce);
    }
  }

  private void run(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException full) {
      LOG.debug("mDNS is busy or closed; one task is dropped");
    }
  }

  // ---- on our thread

  private void announce() {
    List<Multiaddr> reachable =
        network.advertisedAddresses().stream().filter(MdnsDiscovery::isReachable).toList();
    if (reachable.equals(announced)) {
      return;
    }
    announced = reachable;
    Set<InetAddress> wanted = new HashSet<>();
    reachable.forEach(address -> address.ipAddress().ifPresent(wanted::add));
    new ArrayList<>(responders.keySet())
        .stream().filter(ip -> !wanted.contains(ip)).forEach(this::stop);
    wanted.forEach(ip -> announceAt(ip, reachable));
  }

  private static boolean isReachable(Multiaddr address) {
    return address.ipAddress().map(ip -> !ip.isLoopbackAddress()).orElse(false);
  }

  private void announceAt(InetAddress ip, List<Multiaddr> reachable) {
    try {
      JmDNS responder = responders.get(ip);
      if (responder == null) {
        responder = JmDNS.create(ip, name);
        responders.put(ip, responder);
        responder.addServiceListener(SERVICE, new Found());
      }
      responder.unregisterAllServices();
      byte[] text = DnsAddrText.encode(network.peerId(), reachable);
      responder.registerService(ServiceInfo.create(SERVICE, name, UNUSED_PORT, 0, 0, text));
    } catch (IOException e) {
      LOG.warn("mDNS does not work at {}: peers there will not find us", ip.getHostAddress(), e);
    }
  }

  private void stop(InetAddress ip) {
    JmDNS responder = responders.remove(ip);
    if (responder != null) {
      try {
        responder.close();
      } catch (IOException e) {
        LOG.warn("mDNS at {} did not close cleanly", ip.getHostAddress(), e);
      }
    }
  }

  /** Hears of other peers, on JmDNS's threads. */
  private final class Found implements ServiceListener {
    @Override
    public void serviceAdded(ServiceEvent event) {
      run(() -> event.getDNS().requestServiceInfo(event.getType(), event.getName()));
    }

    @Override
    public void serviceRemoved(ServiceEvent event) {
      // Its addresses expire in the address book by themselves.
    }

    @Override
    public void serviceResolved(ServiceEvent event) {
      byte[] text = event.getInfo().getTextBytes();
      if (text != null) {
        learn(DnsAddrText.decode(text));
      }
    }
  }

  void learn(List<Multiaddr> addresses) {
    Map<PeerId, List<Multiaddr>> byPeer = new HashMap<>();
    for (Multiaddr address : addresses) {
      address
          .peerId()
          .filter(peer -> !peer.equals(network.peerId()))
          .ifPresent(peer -> byPeer.computeIfAbsent(peer, p -> new ArrayList<>()).add(address));
    }
    byPeer.forEach((peer, places) -> network.discovered(peer, places, TIME_TO_LIVE));
  }

  /** How many interfaces we speak at, once what was asked of us before is done. */
  int openResponders() {
    return CompletableFuture.supplyAsync(responders::size, thread).join();
  }

  /** Says goodbye and waits until sockets and threads are gone, some seconds at most. */
  @Override
  public void close() {
    events.close();
    run(() -> new ArrayList<>(responders.keySet()).forEach(this::stop));
    thread.shutdown();
    try {
      if (!thread.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
        LOG.warn("mDNS is not closed after {} s", CLOSE_TIMEOUT_S);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
