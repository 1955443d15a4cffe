package xf.libp2p.negotiate;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.function.Predicate;

/**
 * multistream-select 1.0. Proposals are sent at once, so a caller that has a single one and does
 * not wait simply writes on; has no state of its own.
 */
public final class MultistreamSelect implements Negotiation {
  @Override
  public Future<String> propose(Channel channel, List<String> protocols) {
    return new MultistreamHandler(MultistreamState.dialer(protocols), channel).start(channel);
  }

  @Override
  public Future<String> accept(Channel channel, Predicate<String> supported) {
    return new MultistreamHandler(MultistreamState.listener(supported), channel).start(channel);
  }
}
