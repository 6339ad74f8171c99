internal import Cryptography
internal import WaysideCore

/// Why the vault could not give or keep a secret. Holds no secret.
public struct VaultError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What we were doing.
    public enum Operation: String, Sendable {
        /// Opening the vault.
        case open
        /// Keeping a secret.
        case set
        /// Giving a secret.
        case get
    }

    /// What we were doing.
    public var operation: Operation
    /// The file, or the secret's name.
    public var subject: String
    /// Why not.
    public var reason: String

    /// One line.
    public var description: String { "vault, \(self.operation.rawValue) \(self.subject): \(self.reason)" }
}

/// Named credentials (凭据), sealed at rest by AES-256-GCM. Printing the vault shows names only.
///
/// The key is a file of its own, `vault.key`, which only its owner may read; what is sealed is in
/// `vault.sealed`. A box is bound to its name, so that none can be put in another's place. Both are replaced
/// whole, so that a crash leaves the old or the new.
public final class SealedVault: Sendable {
    private static let magic: [UInt8] = Array("WSVAULT1".utf8)
    private static let longestFile: Int64 = 64 << 20

    private let folder: String
    private let key: SecretKey
    private let boxes: GuardedBoxes

    /// Opens the vault in that folder, or makes one with a fresh key.
    ///
    /// - Throws: ``VaultError`` when others may read the key's file, the key is missing while sealed
    ///   secrets are there, or the files were changed.
    public init(folder: String) throws(VaultError) {
        self.folder = folder
        do {
            try StoreFolder.make(folder)
            let hasSecrets = try StoreFolder.names(in: folder).contains("vault.sealed")
            self.key = try Self.key(folder, mayMake: !hasSecrets)
            self.boxes = GuardedBoxes(try hasSecrets ? Self.read("\(folder)/vault.sealed") : [:])
        } catch let error as SystemError {
            throw VaultError(operation: .open, subject: error.path, reason: error.words)
        } catch let error as VaultError {
            throw error
        } catch {
            throw VaultError(operation: .open, subject: folder, reason: "\(error)")
        }
    }

    /// The names of what is kept, sorted.
    public var names: [String] { self.boxes.value.keys.sorted { $0.isBefore($1) } }

    /// The secret of that name; `nil` when there is none.
    ///
    /// - Throws: ``VaultError`` when the key does not fit or the box was changed.
    public func secret(_ name: String) throws(VaultError) -> [UInt8]? {
        guard let box = self.boxes.value[name] else { return nil }
        do {
            return try box.open(key: self.key, context: Array(name.utf8))
        } catch {
            throw VaultError(operation: .get, subject: name, reason: error.description)
        }
    }

    /// Keeps a secret under a name, in place of what was there; `nil` forgets it. It is safe on disk when
    /// this returns.
    ///
    /// - Throws: ``VaultError``; then all is as it was.
    public func set(_ name: String, to secret: [UInt8]?) throws(VaultError) {
        do {
            let box = try secret.map { try SealedBox(sealing: $0, key: self.key, context: Array(name.utf8)) }
            try self.boxes.change { boxes in
                boxes[name] = box
                try Self.replace("\(self.folder)/vault.sealed", in: self.folder, by: Self.bytes(of: boxes))
            }
        } catch let error as SystemError {
            throw VaultError(operation: .set, subject: name, reason: error.words)
        } catch {
            throw VaultError(operation: .set, subject: name, reason: "\(error)")
        }
    }

    /// Tells one state of the vault in that folder from another, without opening it and without a word of what is in
    /// it; `nil` when nothing was ever kept there.
    ///
    /// - Throws: ``VaultError`` when the file cannot be looked at.
    public static func mark(of folder: String) throws(VaultError) -> String? {
        do {
            return try OpenFile("\(folder)/vault.sealed", for: .reading).mark()
        } catch  where error.isAbsent {
            return nil
        } catch {
            throw VaultError(operation: .open, subject: error.path, reason: error.words)
        }
    }

    private static func key(_ folder: String, mayMake: Bool) throws -> SecretKey {
        let path = "\(folder)/vault.key"
        do {
            let file = try OpenFile(path, for: .reading)
            guard try file.isPrivate() else {
                throw VaultError(
                    operation: .open,
                    subject: path,
                    reason: "others may read it; make it readable by its owner only (chmod 600)"
                )
            }
            guard let key = SecretKey(try file.read(at: 0, count: SecretKey.byteCount + 1)) else {
                throw VaultError(operation: .open, subject: path, reason: "it is not a key of 32 bytes")
            }
            return key
        } catch let error as SystemError where error.isAbsent {
            guard mayMake else {
                throw VaultError(
                    operation: .open,
                    subject: path,
                    reason:
                        "it is missing, and without it nobody can open vault.sealed; restore it from a backup"
                )
            }
            let key = try SecretKey()
            try Self.replace(
                path,
                in: folder,
                by: key.withRawBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
            )
            return key
        }
    }

    private static func read(_ path: String) throws -> [String: SealedBox] {
        let file = try OpenFile(path, for: .reading)
        let bytes = try file.read(at: 0, count: Int(min(try file.length(), Self.longestFile)))
        let damaged = VaultError(
            operation: .open,
            subject: path,
            reason: "it is damaged; restore it from a backup"
        )
        guard bytes.starts(with: Self.magic) else { throw damaged }
        var reader = ByteReader(bytes[Self.magic.count...])
        guard let count = reader.unsigned() else { throw damaged }
        var boxes: [String: SealedBox] = [:]
        for _ in 0..<count {
            guard let name = reader.text(), let length = reader.unsigned(), let box = reader.take(length),
                let sealed = SealedBox(Array(box))
            else { throw damaged }
            boxes[name] = sealed
        }
        guard reader.isAtEnd else { throw damaged }
        return boxes
    }

    private static func bytes(of boxes: [String: SealedBox]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(contentsOf: self.magic)
        writer.write(UInt64(boxes.count))
        for (name, box) in boxes.sorted(by: { $0.key.isBefore($1.key) }) {
            writer.write(name)
            writer.write(UInt64(box.bytes.count))
            writer.write(contentsOf: box.bytes)
        }
        return writer.bytes
    }

    private static func replace(_ path: String, in folder: String, by bytes: [UInt8]) throws(SystemError) {
        let unfinished = path + ".new"
        try StoreFolder.remove(unfinished)
        let file = try OpenFile(unfinished, for: .creating, mode: 0o600)
        try file.write(bytes, at: 0)
        try file.sync()
        try StoreFolder.rename(unfinished, to: path)
        try StoreFolder.sync(folder)
    }
}

extension SealedVault: CustomStringConvertible {
    /// The names, never what they stand for.
    public var description: String { "vault of \(self.names)" }
}
