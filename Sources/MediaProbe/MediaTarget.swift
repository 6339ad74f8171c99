internal import Cryptography

/// Where a stream is and how to be let in. Prints without its password.
public struct MediaTarget: Sendable, Hashable {
    /// What the address begins with.
    public enum Scheme: String, Sendable, Hashable, CaseIterable {
        /// RFC 2326 over plain TCP; port 554 unless said.
        case rtsp
        /// RFC 2326 over TLS; port 322 unless said.
        case rtsps
        /// Adobe's protocol over plain TCP; port 1935 unless said.
        case rtmp
        /// Adobe's protocol over TLS; port 443 unless said.
        case rtmps
        /// HTTP-FLV or HLS over plain TCP; port 80 unless said.
        case http
        /// HTTP-FLV or HLS over TLS; port 443 unless said.
        case https
        /// A file of this machine.
        case file

        /// Whether all goes over TLS.
        var isProtected: Bool {
            switch self {
            case .rtsps, .rtmps, .https: true
            case .rtsp, .rtmp, .http, .file: false
            }
        }

        var defaultPort: UInt16 {
            switch self {
            case .rtsp: 554
            case .rtsps: 322
            case .rtmp: 1935
            case .rtmps: 443
            case .http: 80
            case .https: 443
            case .file: 0
            }
        }
    }

    /// What the address begins with.
    public let scheme: Scheme
    /// A name or a numeric address; an IPv6 address without its brackets. Empty for a file.
    public let host: String
    /// 1 to 65 535; 0 for a file.
    public let port: UInt16
    /// Path and query as they go out, percent-encoded as they came in; begins with `/` or is empty. Of a file its path.
    public let resource: String
    /// Who we say we are; nil when the address holds no user.
    public let credential: MediaCredential?
    /// What to make of a certificate that does not verify; matters for `rtsps`, `rtmps` and `https`.
    public var certificatePolicy: CertificatePolicy
    /// What earlier probes of the same stream taught.
    public var hints = MediaHints()

    /// Reads an absolute address, `rtsp://user:password@host:554/path?query`, user and password
    /// percent-encoded.
    ///
    /// An unencoded `@` in the password is taken as part of it: the last one before the path ends the user
    /// part. What looks like a password with an unencoded `/`, `?` or `#` in it is refused, because it would be read as a
    /// host with a port and a path, and be shown.
    /// - Parameters:
    ///   - address: At most 4 096 bytes.
    ///   - credential: Used instead of what the address holds, when given.
    ///   - certificatePolicy: What to make of a certificate that does not verify.
    /// - Throws: When it is no address we know; the error does not repeat it.
    public init(
        _ address: String,
        credential: MediaCredential? = nil,
        certificatePolicy: CertificatePolicy = .mustVerify
    ) throws(MediaTargetError) {
        if StrayPassword.isLikely(in: address) {
            throw MediaTargetError(
                "has an @ behind a /, ? or #, as if these stood in a password; in a password write / as %2F, ? as "
                    + "%3F, # as %23 and @ as %40, or give user and password apart from the address; an @ of the "
                    + "path itself is written %40"
            )
        }
        try self.init(named: address, credential: credential, certificatePolicy: certificatePolicy)
    }

    /// The same of an address that a server or we ourselves made, not a person: there is nothing careless in it.
    init(
        named address: String,
        credential: MediaCredential? = nil,
        certificatePolicy: CertificatePolicy
    ) throws(MediaTargetError) {
        guard address.utf8.count <= 4_096 else { throw MediaTargetError("longer than 4096 bytes") }
        guard address.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else {
            throw MediaTargetError("holds a space or a control character")
        }
        guard let colon = address.firstRange(of: "://") else { throw MediaTargetError("has no scheme") }
        let name = address[..<colon.lowerBound].lowercased()
        // Addresses come out of inventories and playlists too, which have no business with this machine's files.
        guard let scheme = Scheme(rawValue: name), scheme != .file else {
            throw MediaTargetError("unsupported scheme")
        }
        let rest = address[colon.upperBound...]
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        var authority = rest[..<authorityEnd]
        var credentialRead: MediaCredential?
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            credentialRead = MediaCredential(
                user: percentDecoded(parts[0]),
                password: parts.count > 1 ? percentDecoded(parts[1]) : ""
            )
            authority = authority[authority.index(after: at)...]
        }
        let (host, port) = try Self.endpoint(authority, scheme: scheme)
        var resource = rest[authorityEnd...].prefix { $0 != "#" }
        if resource.first == "?" { resource = "/" + resource }
        self.scheme = scheme
        self.host = host
        self.port = port
        self.resource = String(resource)
        self.credential = credential ?? credentialRead
        self.certificatePolicy = certificatePolicy
    }

    /// A file, a pipe or a device of this machine: its path, or a `file:` URL by RFC 8089, percent-encoded.
    ///
    /// Only for what a person at this machine names.
    /// - Parameter place: At most 4 096 bytes, without control characters.
    /// - Throws: When it is neither; the error does not repeat it.
    public init(file place: String) throws(MediaTargetError) {
        guard (1...4_096).contains(place.utf8.count) else {
            throw MediaTargetError("is empty or longer than 4096 bytes")
        }
        var path = place
        if Self.isFileURL(place) {
            var rest = place.dropFirst("file:".count)
            if rest.hasPrefix("//") {
                let end = rest.dropFirst(2).firstIndex(of: "/") ?? rest.endIndex
                let host = rest.dropFirst(2)[..<end].lowercased()
                guard host.isEmpty || host == "localhost" else {
                    throw MediaTargetError("names a file of another machine")
                }
                rest = rest[end...]
            }
            guard rest.hasPrefix("/") else { throw MediaTargetError("has no whole path") }
            path = percentDecoded(rest)
        }
        guard path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw MediaTargetError("holds a control character")
        }
        (self.scheme, self.host, self.port, self.resource) = (.file, "", 0, path)
        (self.credential, self.certificatePolicy) = (nil, .mustVerify)
    }

    /// Whether it begins with `file:`.
    public static func isFileURL(_ address: String) -> Bool {
        address.prefix("file:".count).lowercased() == "file:"
    }

    private static func endpoint(
        _ authority: Substring,
        scheme: Scheme
    ) throws(MediaTargetError) -> (String, UInt16) {
        var host = authority
        var port: Substring?
        if authority.first == "[" {
            guard let close = authority.firstIndex(of: "]") else {
                throw MediaTargetError("has an open bracket")
            }
            host = authority[authority.index(after: authority.startIndex)..<close]
            guard host.contains(":") else {
                throw MediaTargetError("has brackets around what is no IPv6 address")
            }
            let rest = authority[authority.index(after: close)...]
            guard rest.isEmpty || rest.first == ":" else { throw MediaTargetError("has no clear port") }
            port = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            guard authority.count(where: { $0 == ":" }) < 2 else {
                throw MediaTargetError("has more than one port; an IPv6 address stands in brackets")
            }
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        guard !host.isEmpty, host.utf8.count <= 255 else { throw MediaTargetError("has no host") }
        guard !host.contains(where: { $0 == "[" || $0 == "]" }) else {
            throw MediaTargetError("has a bracket within its host")
        }
        guard let port, !port.isEmpty else { return (String(host), scheme.defaultPort) }
        guard let number = UInt16(port), number > 0 else { throw MediaTargetError("has no valid port") }
        return (String(host), number)
    }

    /// The address as it goes over the wire: without user and password.
    var requestAddress: String {
        let shown = self.host.contains(":") ? "[\(self.host)]" : self.host
        let port = self.port == self.scheme.defaultPort ? "" : ":\(self.port)"
        return "\(self.scheme.rawValue)://\(shown)\(port)\(self.resource)"
    }

    /// The address for people and logs: no user, no password, and no secret that hides in path or query.
    public var redactedURL: String {
        redacted(self.scheme == .file ? self.resource : self.requestAddress)
    }
}

extension MediaTarget: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The redacted address.
    public var description: String { self.redactedURL }
    /// The redacted address.
    public var debugDescription: String { self.redactedURL }
    /// The redacted address and nothing else, so that a dump shows no more.
    public var customMirror: Mirror { Mirror(self, children: ["url": self.redactedURL]) }
}

/// What to make of a server's certificate.
public enum CertificatePolicy: String, Sendable, Hashable {
    /// It must lead to a trusted authority, be in its time and carry the host's name.
    case mustVerify = "must_verify"
    /// It is looked at and reported on, but anything goes: for cameras with a certificate of their own
    /// making.
    case reportOnly = "report_only"
}

/// A user's name and password. Prints as `<secret>`.
public struct MediaCredential: Sendable, Hashable {
    /// May be empty.
    public let user: String
    let password: String

    /// Takes both as they are, not percent-encoded.
    public init(user: String, password: String) {
        self.user = user
        self.password = password
    }
}

extension MediaCredential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// `<secret>`.
    public var description: String { "<secret>" }
    /// `<secret>`.
    public var debugDescription: String { "<secret>" }
    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// What is known about a stream before it is asked; every field may be nil. A report carries what was
/// learned.
public struct MediaHints: Sendable, Hashable {
    /// How the packets travelled last time; nil tries TCP first.
    public var transport: MediaTransport?
    /// From one picture to the next. Waiting limits stretch to three of it, so that a slow camera is not
    /// called dead.
    public var frameSpacing: Duration?
    /// The newest segment of its playlist, so that one that stands still is noticed from probe to probe.
    public var playlist: PlaylistMark?
    /// The best way in that it took. Over a connection without TLS the password is not sent in the clear to what was
    /// once content with less: that would be somebody in between, or a setting gone wrong. It is forgotten with the
    /// process that learned it.
    public var access: AccessScheme?

    /// Knows nothing unless told.
    public init(
        transport: MediaTransport? = nil,
        frameSpacing: Duration? = nil,
        playlist: PlaylistMark? = nil,
        access: AccessScheme? = nil
    ) {
        self.transport = transport
        self.frameSpacing = frameSpacing
        self.playlist = playlist
        self.access = access
    }

    /// Takes over what a later probe learned; what it did not learn stays.
    public mutating func learn(_ later: MediaHints) {
        self.transport = later.transport ?? self.transport
        self.frameSpacing = later.frameSpacing ?? self.frameSpacing
        self.playlist = later.playlist ?? self.playlist
        self.access = [self.access, later.access].compactMap { $0 }.max()
    }
}

/// How a server is told who we are, the better way last.
public enum AccessScheme: Int, Sendable, Hashable, Comparable {
    /// The password in the clear (RFC 7617).
    case basic
    /// A digest of it (RFC 7616). Which one makes no difference here: none shows the password.
    case digest

    /// Whether one is worse than the other.
    public static func < (one: AccessScheme, other: AccessScheme) -> Bool { one.rawValue < other.rawValue }
}

/// How the packets travel.
public enum MediaTransport: String, Sendable, Hashable {
    /// Interleaved with the answers on one connection (RFC 2326, 10.12).
    case tcp
    /// Datagrams to a pair of our ports.
    case udp
}

/// Why an address cannot be probed. Never holds the address, which may hold a password.
public struct MediaTargetError: Error, Sendable, CustomStringConvertible {
    /// What is wrong with it, to follow "the address".
    public let reason: String

    init(_ reason: String) { self.reason = reason }

    /// One line.
    public var description: String { "the address \(self.reason)" }
}

/// Replaces `%41` by what it stands for; what is no such escape stays as it is.
func percentDecoded(_ text: Substring) -> String {
    let input = Array(text.utf8)
    var output: [UInt8] = []
    var index = 0
    while index < input.count {
        if input[index] == UInt8(ascii: "%"), index + 2 < input.count,
            let byte = Hexadecimal.bytes(String(decoding: input[index + 1...index + 2], as: UTF8.self))?.first
        {
            output.append(byte)
            index += 3
        } else {
            output.append(input[index])
            index += 1
        }
    }
    return String(decoding: output, as: UTF8.self)
}
