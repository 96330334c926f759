package dev.lockstep.network;

import dev.lockstep.crypto.Keccak;
import dev.lockstep.crypto.KeyPair;
import dev.lockstep.types.Hash;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.apache.tuweni.bytes.Bytes;
import org.ethereum.beacon.discovery.schema.NodeRecord;
import org.jspecify.annotations.Nullable;

/**
 * Finds nodes by discovery v4: packets and the time come in, packets go out, and nothing else is
 * touched. What others can make it keep is bounded, and so are the signatures that they can make it
 * look at. Usable from any thread.
 *
 * @source devp2p, Node Discovery Protocol v4
 */
final class DiscoveryV4 {
    private static final long EXPIRATION_SECONDS = 60;
    private static final long PING_MILLIS = 1_000;
    private static final long ASK_MILLIS = 1_000;

    /** For the ping of a node that was just proven, before it is asked. */
    private static final long GREETING_MILLIS = 500;

    /** For the record of a node, before it is offered without. */
    private static final long RECORD_MILLIS = 3_000;

    /** How often a live node is pinged, and a record asked for, in a row. */
    private static final int ATTEMPTS_MAX = 3;

    private static final long CHECK_MILLIS = 10_000;
    private static final long QUIET_MILLIS = 30_000;
    private static final long LOOKUP_MILLIS_MIN = 2_000;
    private static final long LOOKUP_MILLIS_UNANSWERED = 4_000;
    private static final long LOOKUP_MILLIS_LACKING = 15_000;
    private static final long LOOKUP_MILLIS_MAX = 60_000;

    /** Who was proven longer ago is not offered. */
    private static final long FRESH_MILLIS = 3_600_000;

    static final int CONTACTS_MAX = 2_048;
    static final int PENDING_MAX = 256;
    private static final int OF_NET_MAX = 10;
    private static final int OF_PRIVATE_MAX = 64;

    private static final Bytes UNKNOWN_IP = Bytes.of(0, 0, 0, 0);

    private final Self self;
    private final Supplier<NodeRecord> record;
    private final LongSupplier clockMillis;
    private final LongSupplier unixSeconds;
    private final RandomGenerator random;

    private final V4Table table;

    /** By id, whoever was proven last at the end. */
    private final Map<Bytes, V4Contact> contacts = new LinkedHashMap<>();

    private final Map<Bytes, Integer> contactsOfNet = new LinkedHashMap<>();

    /** By the hash of the packet, the oldest first. */
    private final Map<Hash, Pinged> pings = new LinkedHashMap<>();

    /** The same, by the id of who was pinged. */
    private final Map<Bytes, Pinged> pinged = new LinkedHashMap<>();

    private final Map<InetSocketAddress, Asked> asked = new LinkedHashMap<>();

    /** By address: packets that ask for a record within a second are all the same. */
    private final Map<InetSocketAddress, RecordAsked> recordsAsked = new LinkedHashMap<>();

    private final V4Pace pace;
    private final Map<V4Refusal, Long> refusals = new EnumMap<>(V4Refusal.class);
    private List<Datagram> out = new ArrayList<>();

    private List<V4Node> bootnodes = List.of();
    private @Nullable V4Lookup lookup;
    private boolean hasLooked;
    private boolean hasNews;
    private long lookupDelayMillis = LOOKUP_MILLIS_MIN;
    private long nextLookupMillis;
    private long nextCheckMillis;

    /**
     * Who this node is.
     *
     * @param address what others are told, or null where that is not known
     */
    record Self(KeyPair keys, @Nullable InetAddress address, int udpPort, int tcpPort) {}

    /** To be sent. */
    record Datagram(InetSocketAddress to, Bytes bytes) {}

    /**
     * @param forkId null where it did not say
     */
    record Found(Enode node, @Nullable ForkId forkId) {}

    private static final class Pinged {
        final V4Node node;
        final Hash hash;
        final long sentMillis;

        /** It pinged this node meanwhile. */
        boolean isGreeted;

        /** What it asked before it was proven. */
        @Nullable V4Packet question;

        /** Who takes its place in the table if it is not live. */
        @Nullable V4Contact successor;

        Pinged(V4Node node, Hash hash, long sentMillis) {
            this.node = node;
            this.hash = hash;
            this.sentMillis = sentMillis;
        }
    }

    private static final class Asked {
        final V4Lookup lookup;
        final V4Lookup.Candidate candidate;
        int answers;
        int nodes;

        Asked(V4Lookup lookup, V4Lookup.Candidate candidate) {
            this.lookup = lookup;
            this.candidate = candidate;
        }
    }

    private record RecordAsked(V4Node node, Hash hash, long sentMillis, int attempt) {}

    /**
     * @param record of this node, as it is now
     * @param clockMillis never goes back
     * @param unixSeconds by which packets expire
     */
    DiscoveryV4(
            Self self,
            Supplier<NodeRecord> record,
            LongSupplier clockMillis,
            LongSupplier unixSeconds,
            RandomGenerator random) {
        this.self = self;
        this.record = record;
        this.clockMillis = clockMillis;
        this.unixSeconds = unixSeconds;
        this.random = random;
        table = new V4Table(Keccak.hash(self.keys.publicKey()));
        pace = new V4Pace(clockMillis);
        nextLookupMillis = clockMillis.getAsLong();
        nextCheckMillis = nextLookupMillis + CHECK_MILLIS;
    }

    /** Who is asked for others first, and again whenever it is not among the live ones. */
    synchronized void bootnodes(List<V4Node> nodes) {
        bootnodes =
                nodes.stream().filter(node -> !isSelf(node.id()) && node.udpPort() != 0).toList();
    }

    /** Live nodes. */
    synchronized List<Found> found() {
        long now = clockMillis.getAsLong();
        return contacts.values().stream()
                .filter(contact -> now - contact.provenMillis < FRESH_MILLIS)
                .filter(contact -> contact.node.tcpPort() != 0)
                .filter(c -> !c.hasNewRecord() || now - c.sinceMillis >= RECORD_MILLIS)
                .map(contact -> new Found(contact.node.enode(), contact.forkId))
                .toList();
    }

    /** How many datagrams were not taken, and why. */
    synchronized Map<V4Refusal, Long> refusals() {
        return new EnumMap<>(refusals);
    }

    /** What is kept because of others. */
    synchronized int kept() {
        return contacts.size()
                + contactsOfNet.size()
                + table.size()
                + pings.size()
                + pinged.size()
                + asked.size()
                + recordsAsked.size()
                + pace.size();
    }

    /**
     * Takes a datagram.
     *
     * @return what is to be sent now
     */
    synchronized List<Datagram> take(InetSocketAddress from, V4Reading reading) {
        V4Refusal refusal =
                switch (reading) {
                    case V4Refusal none -> none;
                    case V4Packet packet -> taken(from, packet);
                };
        if (refusal != null) refusals.merge(refusal, 1L, Long::sum);
        return drained();
    }

    /**
     * Does what has become due. Called several times a second.
     *
     * @param isLacking whether more nodes are wanted soon
     * @return what is to be sent now
     */
    synchronized List<Datagram> tick(boolean isLacking) {
        long now = clockMillis.getAsLong();
        for (Pinged late : older(pings.values(), now - PING_MILLIS)) onSilence(late);
        asked.values()
                .removeIf(
                        one -> {
                            boolean isLate = now - one.candidate.sinceMillis >= ASK_MILLIS;
                            if (isLate) {
                                one.candidate.state =
                                        one.answers == 0
                                                ? V4Lookup.State.SILENT
                                                : V4Lookup.State.ANSWERED;
                            }
                            return isLate;
                        });
        askForRecordsAgain(now);
        if (lookup == null && now >= nextLookupMillis) begin();
        advance();
        V4Lookup current = lookup;
        if (current != null && current.isOver()) end(current, isLacking);
        if (now >= nextCheckMillis) {
            nextCheckMillis = now + CHECK_MILLIS;
            V4Contact quietest = table.quietest();
            if (quietest != null && now - quietest.provenMillis >= QUIET_MILLIS) {
                ping(quietest.node);
            }
        }
        return drained();
    }

    private static List<Pinged> older(Iterable<Pinged> all, long thanMillis) {
        List<Pinged> older = new ArrayList<>();
        for (Pinged one : all) {
            if (one.sentMillis > thanMillis) break;
            older.add(one);
        }
        return older;
    }

    private List<Datagram> drained() {
        List<Datagram> all = out;
        out = new ArrayList<>();
        return all;
    }

    private boolean isSelf(Bytes id) {
        return id.equals(self.keys.publicKey());
    }

    /** What is cheap is looked at before the signature. */
    private @Nullable V4Refusal taken(InetSocketAddress from, V4Packet packet) {
        V4Message message = packet.message();
        if (!pace.takesFrom(from.getAddress())) return V4Refusal.PACE;
        if (Long.compareUnsigned(message.expiration(), unixSeconds.getAsLong()) < 0) {
            return V4Refusal.EXPIRED;
        }
        if (!isAwaited(from, message)) return V4Refusal.UNASKED;
        if (!pace.takesSignature()) return V4Refusal.PACE;
        Bytes id = packet.sender();
        if (id == null || isSelf(id)) return V4Refusal.SIGNATURE;
        V4Refusal refusal =
                switch (message) {
                    case V4Message.Ping ping -> onPing(id, from, packet.hash(), ping);
                    case V4Message.Pong pong -> onPong(id, pong);
                    case V4Message.FindNode _, V4Message.RecordRequest _ ->
                            onQuestion(id, from, packet);
                    case V4Message.Neighbors neighbors -> onNeighbors(id, from, neighbors);
                    case V4Message.RecordResponse response -> onRecord(id, from, response);
                };
        advance();
        return refusal;
    }

    private boolean isAwaited(InetSocketAddress from, V4Message message) {
        return switch (message) {
            case V4Message.Pong pong -> {
                Pinged sent = pings.get(pong.pingHash());
                yield sent != null && sent.node.udp().equals(from);
            }
            case V4Message.Neighbors _ -> asked.containsKey(from);
            case V4Message.RecordResponse response -> {
                RecordAsked sent = recordsAsked.get(from);
                yield sent != null && sent.hash.equals(response.requestHash());
            }
            case V4Message.Ping _, V4Message.FindNode _, V4Message.RecordRequest _ -> true;
        };
    }

    private @Nullable V4Refusal onPing(
            Bytes id, InetSocketAddress from, Hash hash, V4Message.Ping ping) {
        long now = clockMillis.getAsLong();
        V4Node node = V4Node.of(id, from, ping.from().tcpPort());
        V4Contact contact = proven(id, from);
        if (contact != null) {
            contact.node = node;
            contact.greetedMillis = now;
            learn(contact, ping.recordNumber());
        } else {
            // Before the pong, so that whoever asks right after that can be proven by then.
            Pinged sent = ping(node);
            if (sent != null) sent.isGreeted = true;
        }
        V4Message.Endpoint to =
                V4Message.Endpoint.of(from.getAddress(), from.getPort(), node.tcpPort());
        send(from, new V4Message.Pong(to, hash, expiration(), recordNumber()));
        return null;
    }

    private @Nullable V4Refusal onPong(Bytes id, V4Message.Pong pong) {
        Pinged sent = pings.get(pong.pingHash());
        if (sent == null || !sent.node.id().equals(id)) return V4Refusal.SIGNATURE;
        forget(sent);
        long now = clockMillis.getAsLong();
        V4Contact contact = contacts.remove(id);
        if (contact == null) {
            if (isFull(sent.node.address())) return null;
            contact = new V4Contact(sent.node, now);
            hasNews = true;
        } else {
            count(contact, -1);
        }
        int tcpPort = sent.node.tcpPort() == 0 ? contact.node.tcpPort() : sent.node.tcpPort();
        contact.node = V4Node.of(id, sent.node.udp(), tcpPort);
        contact.provenMillis = now;
        contact.misses = 0;
        if (sent.isGreeted) contact.greetedMillis = now;
        contacts.put(id, contact);
        count(contact, 1);
        if (contacts.size() > CONTACTS_MAX) drop(contacts.values().iterator().next());
        if (table.size() == 0) nextLookupMillis = now;
        V4Contact quietest = table.add(contact);
        if (quietest != null) {
            Pinged check = ping(quietest.node);
            if (check != null) check.successor = contact;
        }
        learn(contact, pong.recordNumber());
        if (sent.question != null) answer(contact, sent.node.udp(), sent.question);
        return null;
    }

    private @Nullable V4Refusal onQuestion(Bytes id, InetSocketAddress from, V4Packet packet) {
        V4Contact contact = proven(id, from);
        if (contact != null) {
            answer(contact, from, packet);
            return null;
        }
        Pinged sent = ping(V4Node.of(id, from, 0));
        if (sent != null) sent.question = packet;
        return V4Refusal.UNPROVEN;
    }

    private @Nullable V4Refusal onNeighbors(
            Bytes id, InetSocketAddress from, V4Message.Neighbors neighbors) {
        Asked one = asked.get(from);
        if (one == null || !one.candidate.node.id().equals(id)) return V4Refusal.SIGNATURE;
        for (V4Node node : neighbors.nodes()) {
            if (one.nodes++ >= V4Table.BUCKET_MAX) break;
            if (isSelf(node.id()) || node.udpPort() == 0) continue;
            if (!V4Addresses.isCredible(node.address(), from.getAddress())) continue;
            V4Contact known = contacts.get(node.id());
            one.lookup.add(known == null ? node : known.node);
        }
        one.answers++;
        // The last part may come first: others are taken in until their time is over.
        boolean isLast = neighbors.nodes().size() < V4Message.Neighbors.NODES_MAX;
        boolean isAll = one.nodes >= V4Table.BUCKET_MAX;
        if (isAll) asked.remove(from);
        if (isLast || isAll) one.candidate.state = V4Lookup.State.ANSWERED;
        return null;
    }

    private @Nullable V4Refusal onRecord(
            Bytes id, InetSocketAddress from, V4Message.RecordResponse response) {
        RecordAsked sent = recordsAsked.get(from);
        if (sent == null || !sent.node.id().equals(id)) return V4Refusal.SIGNATURE;
        recordsAsked.remove(from);
        NodeRecord given = NodeRecords.read(response.record());
        if (given == null || !id.equals(NodeRecords.id(given))) return V4Refusal.MALFORMED;
        V4Contact contact = contacts.get(id);
        if (contact == null) return null;
        contact.recordNumber = given.getSeq().toLong();
        contact.forkId = NodeRecords.forkId(given);
        Enode place = NodeRecords.enode(given);
        if (contact.node.tcpPort() == 0 && place != null) {
            contact.node = V4Node.of(id, contact.node.udp(), place.tcpPort());
        }
        return null;
    }

    /** Who is proven to be at this address, or null. */
    private @Nullable V4Contact proven(Bytes id, InetSocketAddress from) {
        V4Contact contact = contacts.get(id);
        boolean isThere =
                contact != null
                        && contact.node.address().equals(from.getAddress())
                        && contact.isProven(clockMillis.getAsLong());
        return isThere ? contact : null;
    }

    private void answer(V4Contact to, InetSocketAddress at, V4Packet question) {
        switch (question.message()) {
            case V4Message.FindNode find -> {
                List<V4Node> nodes =
                        table.closest(Keccak.hash(find.target()))
                                .filter(node -> !node.id().equals(to.node.id()))
                                .filter(n -> V4Addresses.isCredible(n.address(), at.getAddress()))
                                .limit(V4Table.BUCKET_MAX)
                                .toList();
                int max = V4Message.Neighbors.NODES_MAX;
                for (int i = 0; i == 0 || i < nodes.size(); i += max) {
                    List<V4Node> part = nodes.subList(i, Math.min(nodes.size(), i + max));
                    send(at, new V4Message.Neighbors(part, expiration()));
                }
            }
            case V4Message.RecordRequest _ -> {
                Bytes own = record.get().serialize();
                send(at, new V4Message.RecordResponse(question.hash(), own));
            }
            default -> throw new IllegalStateException("no question: " + question.message());
        }
    }

    /** Asks for a record that is newer than the one known. */
    private void learn(V4Contact contact, long number) {
        if (Long.compareUnsigned(number, contact.toldNumber) > 0) contact.toldNumber = number;
        boolean isAsked = recordsAsked.containsKey(contact.node.udp());
        if (contact.hasNewRecord() && !isAsked) askForRecord(contact, 1);
    }

    private void askForRecord(V4Contact contact, int attempt) {
        if (recordsAsked.size() >= PENDING_MAX) return;
        Hash hash = send(contact.node.udp(), new V4Message.RecordRequest(expiration()));
        long now = clockMillis.getAsLong();
        recordsAsked.put(contact.node.udp(), new RecordAsked(contact.node, hash, now, attempt));
    }

    private void askForRecordsAgain(long now) {
        List<RecordAsked> late =
                recordsAsked.values().stream()
                        .filter(one -> now - one.sentMillis >= ASK_MILLIS)
                        .toList();
        recordsAsked.values().removeAll(late);
        for (RecordAsked one : late) {
            V4Contact contact = contacts.get(one.node.id());
            if (contact != null && contact.hasNewRecord() && one.attempt < ATTEMPTS_MAX) {
                askForRecord(contact, one.attempt + 1);
            }
        }
    }

    /**
     * Pings a node, unless that is under way.
     *
     * @return null where too much is under way, or too many of its network are known
     */
    private @Nullable Pinged ping(V4Node node) {
        Pinged before = pinged.get(node.id());
        if (before != null) return before.node.udp().equals(node.udp()) ? before : null;
        if (pings.size() >= PENDING_MAX) return null;
        if (!contacts.containsKey(node.id()) && isFull(node.address())) return null;
        V4Message.Endpoint from =
                self.address == null
                        ? new V4Message.Endpoint(UNKNOWN_IP, self.udpPort, self.tcpPort)
                        : V4Message.Endpoint.of(self.address, self.udpPort, self.tcpPort);
        V4Message.Endpoint to = V4Message.Endpoint.of(node.address(), node.udpPort(), 0);
        Hash hash = send(node.udp(), new V4Message.Ping(from, to, expiration(), recordNumber()));
        Pinged sent = new Pinged(node, hash, clockMillis.getAsLong());
        // To two nodes at one address the same is sent, and one answer is not told from another.
        if (pings.putIfAbsent(hash, sent) != null) return null;
        pinged.put(node.id(), sent);
        return sent;
    }

    private void forget(Pinged sent) {
        pings.remove(sent.hash);
        pinged.remove(sent.node.id());
    }

    /** Tries a known node again, until it has missed too many; then it is known no more. */
    private void onSilence(Pinged late) {
        forget(late);
        V4Contact contact = contacts.get(late.node.id());
        if (contact == null || !contact.node.udp().equals(late.node.udp())) return;
        if (++contact.misses < ATTEMPTS_MAX) {
            Pinged again = ping(contact.node);
            if (again != null) again.successor = late.successor;
            return;
        }
        drop(contact);
        V4Contact successor = late.successor;
        if (successor != null && contacts.get(successor.node.id()) == successor) {
            var _ = table.add(successor);
        }
    }

    private void drop(V4Contact contact) {
        table.remove(contact);
        contacts.remove(contact.node.id());
        count(contact, -1);
    }

    private void count(V4Contact contact, int change) {
        contactsOfNet.merge(
                contact.net(),
                change,
                (before, more) -> before + more == 0 ? null : Integer.valueOf(before + more));
    }

    private boolean isFull(InetAddress address) {
        int max = V4Addresses.isPrivate(address) ? OF_PRIVATE_MAX : OF_NET_MAX;
        return contactsOfNet.getOrDefault(V4Addresses.net(address), 0) >= max;
    }

    private void begin() {
        for (V4Node node : bootnodes) {
            V4Contact contact = contacts.get(node.id());
            if (contact == null || !contact.isProven(clockMillis.getAsLong())) ping(node);
        }
        Bytes target = self.keys.publicKey();
        if (hasLooked) {
            byte[] bytes = new byte[Enode.ID_BYTES];
            random.nextBytes(bytes);
            target = Bytes.wrap(bytes);
        }
        V4Lookup begun = new V4Lookup(target);
        table.closest(begun.key).limit(V4Table.BUCKET_MAX).forEach(begun::add);
        lookup = begun;
        hasLooked = table.size() > 0;
    }

    private void end(V4Lookup over, boolean isLacking) {
        lookup = null;
        boolean isUnanswered = over.in(V4Lookup.State.ANSWERED).isEmpty();
        long max =
                isUnanswered
                        ? LOOKUP_MILLIS_UNANSWERED
                        : isLacking ? LOOKUP_MILLIS_LACKING : LOOKUP_MILLIS_MAX;
        lookupDelayMillis = hasNews ? LOOKUP_MILLIS_MIN : Math.min(max, 2 * lookupDelayMillis);
        nextLookupMillis = clockMillis.getAsLong() + lookupDelayMillis;
        hasNews = false;
    }

    /** Asks whom the lookup can ask now. */
    private void advance() {
        V4Lookup current = lookup;
        if (current == null) return;
        long now = clockMillis.getAsLong();
        for (V4Lookup.Candidate candidate : current.in(V4Lookup.State.GREETING)) {
            V4Contact contact = proven(candidate.node.id(), candidate.node.udp());
            if (contact != null && contact.provenMillis >= candidate.sinceMillis) {
                boolean isLate = now - contact.provenMillis >= GREETING_MILLIS;
                if (contact.hasGreeted(now) || isLate) ask(current, candidate);
            } else if (!pinged.containsKey(candidate.node.id())) {
                candidate.state = V4Lookup.State.SILENT;
            }
        }
        for (V4Lookup.Candidate next = current.next(); next != null; next = current.next()) {
            V4Contact contact = proven(next.node.id(), next.node.udp());
            next.sinceMillis = now;
            if (contact != null && contact.hasGreeted(now)) {
                ask(current, next);
            } else {
                boolean isSent = ping(next.node) != null;
                next.state = isSent ? V4Lookup.State.GREETING : V4Lookup.State.SILENT;
            }
        }
    }

    private void ask(V4Lookup current, V4Lookup.Candidate candidate) {
        InetSocketAddress udp = candidate.node.udp();
        if (asked.putIfAbsent(udp, new Asked(current, candidate)) != null) {
            candidate.state = V4Lookup.State.SILENT;
            return;
        }
        candidate.state = V4Lookup.State.ASKED;
        candidate.sinceMillis = clockMillis.getAsLong();
        send(udp, new V4Message.FindNode(current.target, expiration()));
    }

    private long expiration() {
        return unixSeconds.getAsLong() + EXPIRATION_SECONDS;
    }

    private long recordNumber() {
        return record.get().getSeq().toLong();
    }

    private Hash send(InetSocketAddress to, V4Message message) {
        V4Packet.Sealed sealed = V4Packet.seal(self.keys, message);
        out.add(new Datagram(to, sealed.bytes()));
        return sealed.hash();
    }
}
