/// Where the console listens and what it serves.
///
/// - `web.listen` (`address:port`, default `127.0.0.1:8080`): a loopback address and a port.
public struct WebSettings: Hashable, Sendable {
    /// A loopback address (`127.0.0.0/8`, `::1` or `localhost`); until accounts exist nothing else is allowed.
    public var host = "127.0.0.1"
    /// TCP port, `0...65535`; 0 takes any that is free.
    public var port = 8080
    /// The folder of the console's pages; must hold `index.html`.
    public var staticFolder: String
    /// From one sign of life on an open event stream to the next, in seconds; `1...60`.
    public var heartbeatSeconds = 5
    /// Event streams that may be open at once, each a screen that follows; `1...10_000`.
    public var eventStreamLimit = 256
    /// Connections that may be open at once; `1...100_000`.
    public var connectionLimit = 1_024

    /// The defaults, with that folder.
    public init(staticFolder: String) { self.staticFolder = staticFolder }

    /// Settings.
    public init(host: String, port: Int, staticFolder: String) {
        (self.host, self.port, self.staticFolder) = (host, port, staticFolder)
    }

    /// Where it listens, as people write it.
    var address: String {
        self.host.contains(":") ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }

    /// Refuses what must not or cannot be served.
    func check() throws(WebError) {
        guard LoopbackName.isLoopback(self.host) else {
            throw WebError(
                operation: .configure,
                subject: self.host,
                reason: "until accounts exist the server listens on loopback only",
                mend: "use 127.0.0.1, ::1 or localhost, and reach it from elsewhere through an SSH tunnel"
            )
        }
        try Self.check("port", self.port, 0...65_535)
        try Self.check("heartbeat_seconds", self.heartbeatSeconds, 1...60)
        try Self.check("event_stream_limit", self.eventStreamLimit, 1...10_000)
        try Self.check("connection_limit", self.connectionLimit, 1...100_000)
    }

    private static func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws(WebError) {
        guard !range.contains(value) else { return }
        throw WebError(
            operation: .configure,
            subject: "web.\(name) = \(value)",
            reason: "is out of range",
            mend: "give a number from \(range.lowerBound) to \(range.upperBound)"
        )
    }
}

/// Which names and addresses mean this machine and nobody else (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3, RFC 6761 §6.3).
enum LoopbackName {
    /// Whether the name is `localhost`, `::1` (with or without brackets) or an address of `127.0.0.0/8`.
    static func isLoopback(_ name: some StringProtocol) -> Bool {
        switch name.lowercased() {
        case "localhost", "::1", "[::1]": return true
        default: break
        }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "127" else { return false }
        return parts.allSatisfy { part in
            (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { (48...57).contains($0) }
                && UInt8(part) != nil
        }
    }

    /// Whether the authority of a request (`host` or `host:port`) names this machine.
    static func isLoopback(authority: String) -> Bool {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            let rest = authority[authority.index(after: end)...]
            return self.isLoopback(authority[...end]) && Self.isPort(rest)
        }
        let colon = authority.firstIndex(of: ":") ?? authority.endIndex
        return self.isLoopback(authority[..<colon]) && Self.isPort(authority[colon...])
    }

    private static func isPort(_ text: Substring) -> Bool {
        guard !text.isEmpty else { return true }
        return text.first == ":" && UInt16(text.dropFirst()) != nil
    }
}
