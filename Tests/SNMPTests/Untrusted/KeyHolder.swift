import Cryptography
import Synchronization

@testable import SNMP

/// What enciphers and deciphers; made once, because that costs more than a message does.
struct Ciphers: ~Copyable {
    var cipher: PacketCipher
    var sealer: USMSealer

    static let shared: Mutex<Ciphers> = {
        guard let cipher = try? PacketCipher(), let sealer = try? USMSealer(firstSalt: 1) else {
            preconditionFailure("no ciphers")
        }
        return Mutex(Ciphers(cipher: cipher, sealer: sealer))
    }()
}

/// Who knows the keys of some users: what the fuzzer makes up is signed and hidden here, so that what lies behind the
/// signature is tried too.
struct KeyHolder {
    /// The engine that most of the messages name.
    static let engine = Self.engineID("80001f88046669727374")

    /// All of them, made once: that costs some mebibytes of hashing.
    static let shared = KeyHolder()

    /// One user a level, and a hash and a cipher of every kind; the passwords stand in Deploy/fuzz/make-corpus too.
    let users: [USMUser]
    /// Their keys at `engine`.
    let keys: [EngineKeys]
    private let keysElsewhere: [EngineKeys]

    private init() {
        let table = USMUserTable()
        let elsewhere = Self.engineID("80001f88047365636f6e64")
        self.users = [
            Self.credential("open", nil, nil),
            Self.credential("md5", .md5, nil),
            Self.credential("des", .sha1, .des),
            Self.credential("aes", .sha256, .aes128),
            Self.credential("long", .sha512, .aes256),
            Self.credential("slow", .md5, .aes256Reeder),
        ].map { table.user(for: $0) }
        self.keys = self.users.map { $0.keys(at: Self.engine) }
        self.keysElsewhere = self.users.map { $0.keys(at: elsewhere) }
    }

    private static func credential(
        _ user: String,
        _ authentication: USMCredential.AuthenticationProtocol?,
        _ privacy: USMCredential.PrivacyProtocol?
    ) -> USMCredential {
        do throws(SNMPError) {
            return try USMCredential(
                user: user,
                authentication: authentication.map { ($0, "sign-and-sign") },
                privacy: privacy.map { ($0, "hide-and-hide") }
            )
        } catch { preconditionFailure("\(error)") }
    }

    /// Reads the name of an engine that stands in a test.
    static func engineID(_ text: String) -> EngineID {
        guard let engine = EngineID(text) else { preconditionFailure("\(text) names no engine") }
        return engine
    }

    /// The place in `users` of the user that a message names; `nil` for nobody.
    func user(of envelope: USMEnvelope, in bytes: RawSpan) -> Int? {
        self.users.firstIndex { envelope.user.equals($0.name, in: bytes) }
    }

    /// The keys of a user at the engine that a message names; `nil` for a name that is none, and for another engine
    /// than `engine` where the keys cost a mebibyte of hashing.
    func keys(of user: Int, for envelope: USMEnvelope, in bytes: RawSpan) -> EngineKeys? {
        guard let engine = EngineID(envelope.engine, in: bytes) else { return nil }
        if engine == Self.engine { return self.keys[user] }
        return self.users[user].privacy == .aes256Reeder ? nil : self.users[user].keys(at: engine)
    }

    /// Keys that are another user's or another engine's.
    func strangers(to user: Int, at engine: EngineID) -> [EngineKeys] {
        [self.keys[(user + 1) % self.users.count], self.keysElsewhere[user]].filter {
            $0.engine != engine || $0.user !== self.users[user]
        }
    }

    /// The message as whoever knows the keys would send it: what stands where ciphertext belongs is enciphered, then the
    /// code is set. `nil` where the message names no user of ours, or leaves no room for its code.
    func sealed(_ bytes: [UInt8], cipher: inout PacketCipher) -> [UInt8]? {
        let span = bytes.span.bytes
        guard let envelope = try? USMEnvelope(span), let user = self.user(of: envelope, in: span),
            let keys = self.keys(of: user, for: envelope, in: span), let code = keys.code,
            envelope.flags.contains(.authentic), envelope.code.rest == keys.user.codeByteCount
        else { return nil }
        var sealed = bytes
        if envelope.flags.contains(.secret) {
            guard let algorithm = keys.user.privacy?.cipher, envelope.salt.rest == 8 else { return nil }
            let salt = envelope.salt.octets(in: span).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let vector = keys.vector(algorithm, boots: envelope.boots, time: envelope.time, salt: salt)
            do throws(CryptographyError) {
                try keys.withCipherKey(algorithm) { key throws(CryptographyError) in
                    try cipher.encrypt(
                        &sealed,
                        in: envelope.data.position..<envelope.data.end,
                        algorithm: algorithm,
                        key: key,
                        vector: vector.span.bytes.extracting(first: algorithm.vectorByteCount)
                    )
                }
            } catch { return nil }
        }
        let hole = envelope.code.position..<envelope.code.end
        sealed.replaceSubrange(hole, with: Self.code(code, of: sealed, envelope).prefix(hole.count))
        return sealed
    }

    /// Whether a message carries the code that the keys give it, worked out in another way than the reader does.
    static func isSigned(_ bytes: [UInt8], _ envelope: USMEnvelope, with keys: EngineKeys) -> Bool {
        guard let code = keys.code, envelope.flags.contains(.authentic),
            envelope.code.rest == keys.user.codeByteCount
        else { return false }
        let hole = envelope.code.position..<envelope.code.end
        return Self.code(code, of: bytes, envelope).prefix(hole.count).elementsEqual(bytes[hole])
    }

    private static func code(_ code: HMAC, of bytes: [UInt8], _ envelope: USMEnvelope) -> [UInt8] {
        var zeroed = Array(bytes[..<envelope.end])
        for place in envelope.code.position..<envelope.code.end { zeroed[place] = 0 }
        return code.code(for: zeroed)
    }
}
