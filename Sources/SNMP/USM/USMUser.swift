internal import Cryptography
internal import Synchronization

/// A user ready for work: the credential with the keys that its passwords give for all engines.
///
/// One for each credential, shared by all agents that know it; compared by identity. Prints as `<secret>`.
final class USMUser: Sendable {
    let name: [UInt8]
    let authentication: USMCredential.AuthenticationProtocol?
    let privacy: USMCredential.PrivacyProtocol?
    private let authenticationKey: PasswordKey?
    private let privacyKey: PasswordKey?

    init(_ credential: USMCredential, keys: (Digest, [UInt8]) -> PasswordKey) {
        self.name = Array(credential.user.utf8)
        self.authentication = credential.authentication?.algorithm
        self.privacy = credential.privacy?.algorithm
        let digest = credential.authentication?.algorithm.digest
        func key(_ password: String?) -> PasswordKey? {
            guard let digest, let password else { return nil }
            return keys(digest, Array(password.utf8))
        }
        self.authenticationKey = key(credential.authentication?.password)
        self.privacyKey = key(credential.privacy?.password)
    }

    private init() {
        self.name = []
        self.authentication = nil
        self.privacy = nil
        self.authenticationKey = nil
        self.privacyKey = nil
    }

    /// Who asks for an engine's name, and who holds an engine that nobody has asked yet.
    static let nobody = USMUser()

    /// The flags of a message at this user's level (msgFlags, RFC 3412 §6.4), without the reportable one.
    var level: USMFlags {
        guard self.authentication != nil else { return [] }
        return self.privacy == nil ? .authentic : [.authentic, .secret]
    }

    /// Bytes of the code in this user's messages.
    var codeByteCount: Int { self.authentication?.codeByteCount ?? 0 }

    /// What signs this user's messages at one engine; `nil` for users without. Costs some hashes, where the keys of a
    /// user of Reeder's ciphers cost a mebibyte of hashing.
    func code(at engine: EngineID) -> HMAC? {
        self.authenticationKey.map { HMAC($0.digest, key: $0.localized(to: engine)) }
    }

    /// The keys of this user at one engine.
    func keys(at engine: EngineID) -> EngineKeys {
        EngineKeys(
            engine: engine,
            user: self,
            code: self.code(at: engine),
            privacy: self.privacyKey.flatMap { key in
                self.privacy.map {
                    key.localized(to: engine, byteCount: $0.materialByteCount, extending: $0.keyExtension)
                }
            } ?? []
        )
    }
}

extension USMUser: CustomStringConvertible, CustomReflectable {
    var description: String { "<secret>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// The keys of one user at one engine, with the engine's name: what a message to it needs, in one object of 162
/// bytes. Prints as `<secret>`.
final class EngineKeys: Sendable {
    let user: USMUser
    /// The authentication key, its two blocks hashed already; `nil` for users without.
    let code: HMAC?
    let engine: EngineID
    /// The privacy key, and for DES the pre-vector behind it.
    private let privacy: InlineArray<32, UInt8>

    fileprivate init(engine: EngineID, user: USMUser, code: HMAC?, privacy: [UInt8]) {
        self.engine = engine
        self.user = user
        self.code = code
        var bytes = InlineArray<32, UInt8>(repeating: 0)
        for index in privacy.indices { bytes[index] = privacy[index] }
        self.privacy = bytes
    }

    /// An engine that nobody has asked yet.
    static func nobody(at engine: EngineID) -> EngineKeys {
        EngineKeys(engine: engine, user: .nobody, code: nil, privacy: [])
    }

    /// The keys of a user at the same engine: these, unless they are another's.
    func of(_ user: USMUser) -> EngineKeys { self.user === user ? self : user.keys(at: self.engine) }

    /// Lends the key of the user's cipher.
    func withCipherKey<Result>(
        _ algorithm: PacketCipher.Algorithm,
        _ body: (RawSpan) throws(CryptographyError) -> Result
    ) throws(CryptographyError) -> Result {
        try body(self.privacy.span.bytes.extracting(first: algorithm.keyByteCount))
    }

    /// The initialization vector of a message: for AES boots, time and salt (RFC 3826 §3.1.2.1), for DES the
    /// pre-vector mixed with the salt (RFC 3414 §8.1.1.1).
    func vector(
        _ algorithm: PacketCipher.Algorithm,
        boots: UInt32,
        time: UInt32,
        salt: UInt64
    ) -> InlineArray<16, UInt8> {
        var vector = InlineArray<16, UInt8>(repeating: 0)
        for index in 0..<8 {
            let byte = UInt8(truncatingIfNeeded: salt >> UInt64(56 - 8 * index))
            if algorithm == .des {
                vector[index] = byte ^ self.privacy[8 + index]
            } else {
                let word = index < 4 ? boots : time
                vector[index] = UInt8(truncatingIfNeeded: word >> UInt32(24 - index % 4 * 8))
                vector[8 + index] = byte
            }
        }
        return vector
    }
}

extension EngineKeys: CustomStringConvertible, CustomReflectable {
    var description: String { "<secret>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// The users known, each made once. May be asked from any thread; making a user costs up to 6 ms, on the thread
/// that asks first, outside the lock.
final class USMUserTable: Sendable {
    /// The most users, and the most passwords, kept; the oldest goes first, and is made anew when asked again.
    static let most = 4_096

    private struct Password: Hashable {
        let digest: Digest
        let bytes: [UInt8]
    }

    private struct State {
        var users = BoundedTable<USMCredential, USMUser>(most: USMUserTable.most)
        var keys = BoundedTable<Password, PasswordKey>(most: USMUserTable.most)
    }

    private let state = Mutex(State())

    /// The user of a credential: always the same object while it is kept, whatever the context, to which no key belongs.
    func user(for credential: USMCredential) -> USMUser {
        let credential =
            credential.context.isEmpty ? credential : (try? credential.inContext("")) ?? credential
        if let user = self.state.withLock({ $0.users[credential] }) { return user }
        let made = USMUser(credential) { self.key($0, $1) }
        return self.state.withLock { state in
            if let user = state.users[credential] { return user }
            state.users.insert(made, for: credential)
            return made
        }
    }

    private func key(_ digest: Digest, _ password: [UInt8]) -> PasswordKey {
        let name = Password(digest: digest, bytes: password)
        if let key = self.state.withLock({ $0.keys[name] }) { return key }
        let key = PasswordKey(digest, password: password)
        self.state.withLock { $0.keys.insert(key, for: name) }
        return key
    }
}

/// A dictionary that lets its oldest entries go.
struct BoundedTable<Key: Hashable, Value> {
    private let most: Int
    private var values: [Key: Value] = [:]
    private var order: ContiguousArray<Key> = []
    /// The place of the oldest, once the order is full and goes round.
    private var next = 0

    init(most: Int) {
        precondition(most > 0)
        self.most = most
    }

    var count: Int { self.values.count }

    subscript(key: Key) -> Value? { self.values[key] }

    /// Sets a value; the oldest key makes room for a new one when the table is full.
    mutating func insert(_ value: Value, for key: Key) {
        guard self.values.updateValue(value, forKey: key) == nil else { return }
        if self.order.count < self.most {
            self.order.append(key)
        } else {
            self.values[self.order[self.next]] = nil
            self.order[self.next] = key
            self.next = (self.next + 1) % self.most
        }
    }
}
