package xf.libp2p.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.handler.codec.dns.DatagramDnsQuery;
import io.netty.handler.codec.dns.DatagramDnsQueryDecoder;
import io.netty.handler.codec.dns.DatagramDnsResponse;
import io.netty.handler.codec.dns.DatagramDnsResponseEncoder;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.handler.codec.dns.DnsSection;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import xf.gossip.net.CloseReason;
import xf.gossip.net.NetworkException;

/** TXT records over real datagrams, from a name server on loopback. */
class SystemDnsTest {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private SystemDns dns;

  @BeforeEach
  void start() throws Exception {
    Channel server =
        new Bootstrap()
            .group(loops)
            .channel(NioDatagramChannel.class)
            .handler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(new DatagramDnsQueryDecoder())
                        .addLast(new DatagramDnsResponseEncoder())
                        .addLast(new Server());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .sync()
            .channel();
    dns =
        new SystemDns(
            loops.next(),
            new SingletonDnsServerAddressStreamProvider((InetSocketAddress) server.localAddress()));
  }

  @AfterEach
  void stop() {
    dns.close();
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void shouldReadTextsOfSeveralRecordsAndStrings() throws Exception {
    assertEquals(
        List.of("dnsaddr=/ip4/192.0.2.1/tcp/1", "another"),
        dns.texts("_dnsaddr.example.org").get(10, TimeUnit.SECONDS));
  }

  @Test
  void shouldSayThatANameHasNone() {
    ExecutionException failure =
        assertThrows(
            ExecutionException.class,
            () -> dns.texts("_dnsaddr.gone.example").get(10, TimeUnit.SECONDS));
    CloseReason reason = assertInstanceOf(NetworkException.class, failure.getCause()).reason();
    assertEquals(CloseReason.Kind.NO_ADDRESS, reason.kind());
    assertTrue(reason.detail().contains("_dnsaddr.gone.example"), reason::toString);
  }

  @Test
  void shouldResolveLoopbackByTheSystem() throws Exception {
    assertTrue(dns.addresses("localhost").get(10, TimeUnit.SECONDS).get(0).isLoopbackAddress());
  }

  @Test
  void shouldTakeAnyBytesForARecord() {
    ByteBuf cut = Unpooled.wrappedBuffer(new byte[] {5, 'a', 'b'});
    assertEquals("ab", SystemDns.text(cut));
    assertEquals("", SystemDns.text(Unpooled.wrappedBuffer(new byte[] {0, 0})));
  }

  @Test
  void shouldRefuseQuestionsAfterItsEnd() {
    dns.close();
    assertTrue(dns.texts("example.org").isCompletedExceptionally());
  }

  @SuppressWarnings("FutureReturnValueIgnored") // a lost answer is a question that times out
  private static final class Server extends SimpleChannelInboundHandler<DatagramDnsQuery> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, DatagramDnsQuery query) {
      DnsQuestion question = query.recordAt(DnsSection.QUESTION);
      DatagramDnsResponse answer =
          new DatagramDnsResponse(
              /* sender= */ query.recipient(), /* recipient= */ query.sender(), query.id());
      answer.addRecord(DnsSection.QUESTION, question);
      if (question.name().equals("_dnsaddr.example.org.")
          && question.type().equals(DnsRecordType.TXT)) {
        add(answer, question.name(), "dnsaddr=/ip4/", "192.0.2.1/tcp/1");
        add(answer, question.name(), "another");
      } else {
        answer.setCode(DnsResponseCode.NXDOMAIN);
      }
      ctx.writeAndFlush(answer);
    }

    private static void add(DatagramDnsResponse answer, String name, String... strings) {
      ByteBuf content = Unpooled.buffer();
      for (String each : strings) {
        content.writeByte(each.length()).writeCharSequence(each, StandardCharsets.UTF_8);
      }
      answer.addRecord(
          DnsSection.ANSWER, new DefaultDnsRawRecord(name, DnsRecordType.TXT, 60, content));
    }
  }
}
