internal import Cryptography

/// One step of the schema (迁移), never edited once released.
public struct Migration: Sendable, Equatable {
    /// `m0001_inventory`: the file's name without its ending; numbers count up without gaps.
    public let name: String
    /// The file's text.
    public let sql: String
    /// SHA-256 of the file's bytes.
    public let checksum: [UInt8]

    /// A step from its file's bytes.
    public init(name: String, bytes: [UInt8]) {
        self.name = name
        self.sql = String(decoding: bytes, as: UTF8.self)
        self.checksum = Digest.sha256.hash(bytes)
    }
}
