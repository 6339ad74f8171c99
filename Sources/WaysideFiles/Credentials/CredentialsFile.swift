internal import WaysideCore

/// Text that never shows itself: printed, described or dumped it is `<secret>`.
public struct SecretText: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The text itself; for the one place that sends it.
    public let revealed: String

    /// Wraps a secret.
    public init(_ text: String) { self.revealed = text }

    /// `<secret>`.
    public var description: String { "<secret>" }
    /// `<secret>`.
    public var debugDescription: String { "<secret>" }
    /// Without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// How an SNMP agent lets us in (SNMP 凭据).
public enum SNMPCredential: Hashable, Sendable {
    /// By a community: `1` for SNMPv1 (RFC 1157), `2` for SNMPv2c (RFC 1901).
    case community(SecretText, version: Int)
    /// By the user-based security model of SNMPv3 (RFC 3414).
    case user(SNMPUser)
}

/// A user of SNMPv3 (RFC 3414).
public struct SNMPUser: Hashable, Sendable {
    /// A protocol and the passphrase for it.
    public struct Part: Hashable, Sendable {
        /// The protocol's name, such as `sha256` or `aes128`.
        public var method: String
        /// The passphrase, 8 characters or more.
        public var passphrase: SecretText

        /// A protocol and the passphrase for it.
        public init(method: String, passphrase: SecretText) {
            (self.method, self.passphrase) = (method, passphrase)
        }
    }

    /// The user's name.
    public var name: String
    /// How messages are signed: `md5 sha sha224 sha256 sha384 sha512`; `nil` for noAuthNoPriv.
    public var authentication: Part?
    /// How messages are enciphered: `des aes128 aes192 aes256`, and `aes192c aes256c` for agents
    /// that make long keys as Cisco's do; `nil` for none. Only with authentication.
    public var privacy: Part?
    /// The context (RFC 3411); empty for the default one.
    public var context: String

    /// A user.
    public init(name: String, authentication: Part? = nil, privacy: Part? = nil, context: String = "") {
        (self.name, self.authentication, self.privacy, self.context) = (
            name, authentication, privacy, context
        )
    }
}

/// How a stream lets us in (视频流凭据).
public struct StreamCredential: Hashable, Sendable {
    /// The user's name.
    public var user: String
    /// The password.
    public var password: SecretText

    /// A user with a password.
    public init(user: String, password: SecretText) { (self.user, self.password) = (user, password) }
}

/// The named credentials (凭据文件) of `credentials.yaml`:
///
/// ```yaml
/// credentials:
///   switches: {snmp: {version: 2c, community: …}}
///   core: {snmp: {version: 3, user: …, auth: {method: sha256, passphrase: …}, priv: {method: aes128, passphrase: …}}}
///   cameras: {stream: {user: …, password: …}}
/// streams:
///   CAM-0001: cameras
///   camera: cameras
///   "*": cameras
/// ```
///
/// `devices.csv` names an SNMP credential in its column `snmp`. Which stream credential a device has is told by
/// `streams`: by its key, else by its kind, else by `"*"`. A name may stand for both kinds of credential at once.
public struct CredentialsFile: Sendable {
    /// SNMP credentials by name.
    public private(set) var snmp: [String: SNMPCredential] = [:]
    /// Stream credentials by name.
    public private(set) var streams: [String: StreamCredential] = [:]
    /// Names of stream credentials by device key, kind or `*`.
    public private(set) var streamNames: [String: String] = [:]

    /// Without any credential.
    public init() {}

    /// The stream credential of a device; `nil` when it has none.
    public func stream(deviceKey key: String, kind: String) -> StreamCredential? {
        (self.streamNames[key] ?? self.streamNames[kind] ?? self.streamNames["*"]).flatMap {
            self.streams[$0]
        }
    }

    /// Reads the file. No message shows a value of it.
    ///
    /// - Throws: ``FilesError`` with every problem.
    public static func read(_ path: String) throws(FilesError) -> CredentialsFile {
        try self.read(bytes: try InputFile.bytes(of: path, limit: 16 << 20), name: path)
    }

    /// Reads the bytes of a file; `name` stands in messages.
    ///
    /// - Throws: ``FilesError`` with every problem.
    public static func read(bytes: [UInt8], name: String) throws(FilesError) -> CredentialsFile {
        var reader = CredentialsReader(file: YAMLFile(name: name))
        let credentials = reader.read(bytes)
        guard reader.file.problems.isEmpty else {
            throw FilesError(.parse, file: name, problems: reader.file.problems)
        }
        return credentials
    }

    fileprivate mutating func add(_ credential: SNMPCredential, name: String) { self.snmp[name] = credential }
    fileprivate mutating func add(_ credential: StreamCredential, name: String) {
        self.streams[name] = credential
    }
    fileprivate mutating func add(stream: String, for device: String) { self.streamNames[device] = stream }
}

/// Makes credentials of their YAML. Nothing here may show a value: what is wrong is told by key and place alone.
private struct CredentialsReader {
    var file: YAMLFile

    mutating func read(_ bytes: [UInt8]) -> CredentialsFile {
        var credentials = CredentialsFile()
        guard let root = self.file.root(bytes),
            let top = self.file.mapping(root, keys: ["credentials", "streams"])
        else {
            return credentials
        }
        if let node = top["credentials"], let named = self.file.openMapping(node) {
            for (name, value) in named.members {
                guard let kinds = self.file.mapping(value, keys: ["snmp", "stream"]) else { continue }
                if kinds["snmp"] == nil, kinds["stream"] == nil {
                    self.file.complain(
                        value.atKey,
                        "\(quoted(name)) is no credential",
                        "give it snmp or stream"
                    )
                }
                if let snmp = kinds["snmp"].flatMap({ self.snmp($0) }) { credentials.add(snmp, name: name) }
                if let stream = kinds["stream"].flatMap({ self.stream($0) }) {
                    credentials.add(stream, name: name)
                }
            }
        }
        if let node = top["streams"], let map = self.file.openMapping(node) {
            for (device, value) in map.members {
                guard let name = self.file.text(value) else { continue }
                if credentials.streams[name] == nil {
                    let nearest = Spelling.nearest(to: name, among: credentials.streams.keys.sorted())
                    self.file.complain(
                        value,
                        "there is no stream credential of that name",
                        nearest.map { "the nearest known one is \($0)" } ?? "add it under credentials"
                    )
                }
                credentials.add(stream: name, for: device)
            }
        }
        return credentials
    }

    private mutating func stream(_ node: YAMLNode) -> StreamCredential? {
        guard let mapping = self.file.mapping(node, keys: ["user", "password"]) else { return nil }
        let user = self.file.required(mapping, "user").flatMap { self.file.text($0) }
        let password = self.file.required(mapping, "password").flatMap { self.secret($0) }
        guard let user, let password else { return nil }
        return StreamCredential(user: user, password: password)
    }

    private mutating func secret(_ node: YAMLNode, atLeast length: Int = 0) -> SecretText? {
        guard let text = node.scalar else {
            self.file.complain(node, "\(node.name) is no text", "write it in quotes")
            return nil
        }
        guard text.unicodeScalars.count >= length else {
            self.file.complain(
                node,
                "\(node.name) is too short",
                "write at least \(length) characters (RFC 3414, 11.2)"
            )
            return nil
        }
        return SecretText(text)
    }

    private mutating func snmp(_ node: YAMLNode) -> SNMPCredential? {
        let keys = ["version", "community", "user", "auth", "priv", "context"]
        guard let mapping = self.file.mapping(node, keys: keys) else { return nil }
        let version = mapping["version"]?.scalar ?? (mapping["user"] == nil ? "2c" : "3")
        switch version {
        case "1", "2c", "2":
            guard let community = self.file.required(mapping, "community").flatMap({ self.secret($0) }) else {
                return nil
            }
            return .community(community, version: version == "1" ? 1 : 2)
        case "3": return self.user(mapping).map { .user($0) }
        default:
            self.file.complain(mapping["version"] ?? node, "version is not known", "write 1, 2c or 3")
            return nil
        }
    }

    private mutating func user(_ mapping: YAMLMapping) -> SNMPUser? {
        let name = self.file.required(mapping, "user").flatMap { self.file.text($0) }
        let authentication = mapping["auth"].flatMap { node in
            self.part(node, methods: ["md5", "sha", "sha224", "sha256", "sha384", "sha512"])
        }
        let privacy = mapping["priv"].flatMap {
            self.part($0, methods: ["des", "aes128", "aes192", "aes256", "aes192c", "aes256c"])
        }
        if let node = mapping["priv"], mapping["auth"] == nil {
            self.file.complain(
                node,
                "priv stands without auth",
                "add auth; SNMPv3 enciphers only what it signs"
            )
        }
        let context = mapping["context"].flatMap { self.file.text($0) } ?? ""
        guard let name else { return nil }
        return SNMPUser(name: name, authentication: authentication, privacy: privacy, context: context)
    }

    private mutating func part(_ node: YAMLNode, methods: [String]) -> SNMPUser.Part? {
        guard let mapping = self.file.mapping(node, keys: ["method", "passphrase"]) else { return nil }
        let passphrase = self.file.required(mapping, "passphrase").flatMap { self.secret($0, atLeast: 8) }
        guard let method = self.file.required(mapping, "method") else { return nil }
        guard let word = method.scalar, methods.contains(word) else {
            self.file.complain(method, "method is not known", "write \(Spelling.list(methods))")
            return nil
        }
        return passphrase.map { SNMPUser.Part(method: word, passphrase: $0) }
    }
}
