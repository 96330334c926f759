package dev.lockstep.network;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.tuweni.bytes.Bytes;
import org.ethereum.beacon.discovery.network.DatagramToEnvelope;
import org.ethereum.beacon.discovery.network.NettyDiscoveryServer;
import org.ethereum.beacon.discovery.network.NettyDiscoveryServerImpl;
import org.ethereum.beacon.discovery.pipeline.Envelope;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/**
 * The UDP socket of both discoveries. A packet of v4 begins with its own hash, as one of v5 does
 * not but by a chance of 2^-256: so v4 takes what is its own, and v5 all the rest.
 */
final class SharedSocket implements NettyDiscoveryServer {
    /** In a second; what is more waits, and is lost when too much waits. */
    private static final int READ_BYTES_MAX = 250_000;

    private final NettyDiscoveryServer server;
    private final DiscoveryV4 v4;
    private volatile @Nullable NioDatagramChannel channel;

    SharedSocket(InetSocketAddress address, DiscoveryV4 v4) {
        server = new NettyDiscoveryServerImpl(address, READ_BYTES_MAX);
        this.v4 = v4;
    }

    @Override
    public CompletableFuture<NioDatagramChannel> start() {
        return server.start()
                .thenApply(
                        opened -> {
                            ChannelPipeline pipeline = opened.pipeline();
                            // Behind what bounds how much is read.
                            String ofV5 = pipeline.context(DatagramToEnvelope.class).name();
                            pipeline.addBefore(ofV5, "v4", new Divider());
                            channel = opened;
                            return opened;
                        });
    }

    @Override
    public void stop() {
        server.stop();
    }

    @Override
    public InetSocketAddress getListenAddress() {
        return server.getListenAddress();
    }

    @Override
    public Publisher<Envelope> getIncomingPackets() {
        return server.getIncomingPackets();
    }

    /** Sends what can be sent now; the rest is lost, as datagrams may be. */
    void send(List<DiscoveryV4.Datagram> datagrams) {
        NioDatagramChannel open = channel;
        if (open == null) return;
        for (DiscoveryV4.Datagram datagram : datagrams) {
            if (!open.isWritable()) return;
            byte[] bytes = datagram.bytes().toArrayUnsafe();
            var _ = open.write(new DatagramPacket(Unpooled.wrappedBuffer(bytes), datagram.to()));
        }
        if (!datagrams.isEmpty()) open.flush();
    }

    private final class Divider extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext context, Object read) {
            if (!(read instanceof DatagramPacket datagram)) {
                context.fireChannelRead(read);
                return;
            }
            byte[] bytes = new byte[datagram.content().readableBytes()];
            datagram.content().getBytes(datagram.content().readerIndex(), bytes);
            V4Reading reading = V4Packet.read(Bytes.wrap(bytes));
            if (reading == V4Refusal.SIZE || reading == V4Refusal.HASH) {
                context.fireChannelRead(read);
                return;
            }
            try {
                send(v4.take(datagram.sender(), reading));
            } finally {
                ReferenceCountUtil.release(read);
            }
        }
    }
}
