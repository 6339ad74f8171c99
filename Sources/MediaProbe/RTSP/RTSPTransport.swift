/// What a `Transport` header (RFC 2326, 12.39) says about where packets go.
struct RTSPTransport: Equatable {
    var isInterleaved = false
    /// Channels of RTP and RTCP on the connection.
    var channels: (packets: UInt8, reports: UInt8)?
    /// The server's ports for RTP and RTCP.
    var serverPorts: (packets: UInt16, reports: UInt16)?

    /// From where datagrams come, when the server says that it is not from where it answers: a numeric address, IPv6
    /// without its brackets.
    var source: String?

    /// Reads the first transport of the header.
    init(_ header: String) {
        let first = header.split(separator: ",", maxSplits: 1).first ?? ""
        for part in first.split(separator: ";").prefix(32) {
            let pair = part.split(separator: "=", maxSplits: 1)
            let name = pair.first.map { $0.lowercased().filter { $0 != " " } } ?? ""
            if name == "rtp/avp/tcp" { self.isInterleaved = true }
            guard pair.count == 2 else { continue }
            let range = pair[1].split(separator: "-", maxSplits: 1)
            switch name {
            case "interleaved":
                guard let low = range.first.flatMap({ UInt8($0) }) else { continue }
                self.isInterleaved = true
                self.channels = (low, range.count > 1 ? UInt8(range[1]) ?? (low &+ 1) : low &+ 1)
            case "server_port":
                guard let low = range.first.flatMap({ UInt16($0) }) else { continue }
                self.serverPorts = (low, range.count > 1 ? UInt16(range[1]) ?? (low &+ 1) : low &+ 1)
            case "source":
                // A name would have to be looked up, and anybody's host be sent datagrams by it.
                let host = pair[1].filter { !"[] \"".contains($0) }
                guard host.utf8.count <= 45, host.utf8.allSatisfy(Self.isOfNumericAddress) else { continue }
                self.source = host
            default: continue
            }
        }
    }

    private static func isOfNumericAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }

    static func == (one: RTSPTransport, other: RTSPTransport) -> Bool {
        one.isInterleaved == other.isInterleaved && one.channels?.packets == other.channels?.packets
            && one.channels?.reports == other.channels?.reports
            && one.serverPorts?.packets == other.serverPorts?.packets && one.source == other.source
    }
}

/// Finds the address of a track by RFC 2326, C.1.1, as servers really mean it.
enum RTSPControl {
    /// What the controls of a description are relative to.
    static func base(response: ServerAnswer, requested: String) -> String {
        for name in ["content-base", "content-location"] {
            guard let value = response.first(name)?.split(separator: ",").first else { continue }
            let base = value.drop { $0 == " " }
            // A base without a host, or an address of another kind, is a slip of the server.
            if isAddress(base) { return String(withoutUser(base)) }
        }
        return requested
    }

    /// The address that a control names.
    ///
    /// Servers want it put behind the base with a slash between, query and all; resolving it by RFC 3986
    /// would cut the base's last part off, which is not what they mean.
    static func address(_ control: String?, base: String) -> String {
        guard let control, !control.isEmpty, control != "*" else { return base }
        let words = control.split(separator: " ", omittingEmptySubsequences: false)
        let track = words.joined(separator: "%20")
        if isAddress(track[...]) { return String(withoutUser(track[...])) }
        let tail = track.hasPrefix("/") ? track.dropFirst() : track[...]
        return base.hasSuffix("/") ? base + tail : base + "/" + tail
    }

    private static func isAddress(_ text: Substring) -> Bool {
        guard let mark = text.firstRange(of: "://") else { return false }
        let scheme = text[..<mark.lowerBound].lowercased()
        let rest = text[mark.upperBound...]
        guard let first = rest.first, first != "/" else { return false }
        return (scheme == "rtsp" || scheme == "rtsps") && !text.contains { $0 == " " || $0.isNewline }
    }

    /// A server may repeat the user part of an address; it must not go out again.
    private static func withoutUser(_ address: Substring) -> Substring {
        guard let mark = address.firstRange(of: "://") else { return address }
        let authority = address[mark.upperBound...].prefix { $0 != "/" && $0 != "?" }
        guard let at = authority.lastIndex(of: "@") else { return address }
        return address[..<mark.upperBound] + address[address.index(after: at)...]
    }
}
