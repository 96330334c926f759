package dev.lockstep.network;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.tuweni.bytes.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Where a node is and who it is: {@code enode://<128 hex digits>@host:port?discport=port}.
 *
 * @param id the 64 bytes of its public key
 * @param host a name, which may get another address any time, or an address; IPv6 without brackets
 * @param tcpPort 0 where it does not listen
 * @param udpPort of discovery, 0 for none
 * @source devp2p, enode URL format
 */
public record Enode(Bytes id, String host, int tcpPort, int udpPort) {
    public static final int ID_BYTES = 64;

    private static final Pattern FORM =
            Pattern.compile(
                    "enode://([0-9a-fA-F]{128})@(\\[[0-9a-fA-F:.]+]|[^\\[\\]@:/?\\s]+):(\\d{1,5})"
                            + "(?:\\?discport=(\\d{1,5}))?");

    private static final int PORT_MAX = 65_535;

    /**
     * @fails IllegalArgumentException that says what is wrong with {@code url}
     */
    public static Enode parse(String url) {
        Matcher form = FORM.matcher(url);
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "`"
                            + cut(url)
                            + "` is no enode; it must be enode://<128 hex digits>@<host>:<port>");
        }
        String host = form.group(2);
        if (host.startsWith("[")) host = host.substring(1, host.length() - 1);
        int tcpPort = port(url, form.group(3));
        String udp = form.group(4);
        int udpPort = udp == null ? tcpPort : port(url, udp);
        return new Enode(Bytes.fromHexString(form.group(1)), host, tcpPort, udpPort);
    }

    private static int port(String url, String digits) {
        int port = Integer.parseInt(digits);
        if (port > PORT_MAX) {
            throw new IllegalArgumentException(
                    "`" + cut(url) + "` has port " + port + "; 0 to 65535 are allowed");
        }
        return port;
    }

    static String cut(@Nullable String url) {
        return url == null || url.length() <= 200 ? "" + url : url.substring(0, 197) + "...";
    }

    @Override
    public String toString() {
        String shown = host.indexOf(':') < 0 ? host : "[" + host + "]";
        String url = "enode://" + id.toUnprefixedHexString() + "@" + shown + ":" + tcpPort;
        return udpPort == tcpPort ? url : url + "?discport=" + udpPort;
    }
}
