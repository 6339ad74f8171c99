internal import Cryptography

/// A key made of a password for all engines (Ku, RFC 3414 §2.6), from which the key for one engine (Kul) follows.
///
/// Costs a mebibyte of hashing, 1 to 3 ms: made once a password and kept. Prints as `<secret>`.
struct PasswordKey: Sendable {
    /// What the password is repeated to (RFC 3414 A.2).
    private static let expandedByteCount = 1 << 20

    let digest: Digest
    let bytes: [UInt8]

    /// Works a password in (RFC 3414 A.2; RFC 7860 §9.3 for the longer hashes); an empty one is no password.
    init(_ digest: Digest, password: [UInt8]) {
        precondition(!password.isEmpty, "a password has at least one byte")
        // The longest piece of whole passwords up to some 4 KiB, so that the hash gets long runs.
        let repeats = max(1, 4_096 / password.count)
        var piece: [UInt8] = []
        piece.reserveCapacity(repeats * password.count)
        for _ in 0..<repeats { piece += password }
        var hasher = Digest.Hasher(digest)
        var rest = Self.expandedByteCount
        while rest >= piece.count {
            hasher.update(piece.span.bytes)
            rest -= piece.count
        }
        hasher.update(piece.span.bytes.extracting(first: rest))
        self.digest = digest
        self.bytes = hasher.finish()
    }

    /// The key for one engine (RFC 3414 §2.6): the hash of key, engine's name, key.
    func localized(to engine: EngineID) -> [UInt8] {
        var input = self.bytes
        engine.append(to: &input)
        input += self.bytes
        return self.digest.hash(input)
    }

    /// The key for one engine, as long as a cipher wants it.
    func localized(
        to engine: EngineID,
        byteCount: Int,
        extending: USMCredential.PrivacyProtocol.Extension
    ) -> [UInt8] {
        var key = self.localized(to: engine)
        var last = key
        while key.count < byteCount {
            switch extending {
            case .blumenthal: last = self.digest.hash(key)
            case .reeder: last = PasswordKey(self.digest, password: last).localized(to: engine)
            }
            key += last
        }
        return Array(key.prefix(byteCount))
    }
}

extension PasswordKey: CustomStringConvertible, CustomReflectable {
    var description: String { "<secret>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
