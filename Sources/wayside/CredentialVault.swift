internal import Foundation
internal import WaysideFiles
internal import WaysideStore

/// The named credentials of this machine, sealed at rest (凭据库).
struct CredentialVault: Sendable {
    private let vault: SealedVault

    /// Opens the vault of the data folder, or makes one.
    init(_ folder: DataFolder) throws { self.vault = try SealedVault(folder: folder.secrets) }

    /// The one box all credentials lie in: names, kinds and assignments are nobody's business either.
    private static let box = "credentials"

    /// The names of SNMP credentials.
    var snmpNames: Set<String> { (try? self.open()).map { Set($0.snmp.keys) } ?? [] }

    /// What was sealed; empty when nothing was.
    func open() throws -> CredentialsFile {
        guard let bytes = try self.vault.secret(Self.box) else { return CredentialsFile() }
        return try CredentialsFile.read(bytes: bytes, name: "the sealed credentials")
    }

    /// Tells one state of the vault from another; `nil` when nothing was sealed.
    static func mark(_ folder: DataFolder) throws -> String? { try SealedVault.mark(of: folder.secrets) }

    /// Seals the bytes of a credentials file in place of what was there. They were read before, so they are good.
    func seal(fileAt path: String) throws {
        let bytes = try Data(contentsOf: URL(filePath: path))
        _ = try CredentialsFile.read(bytes: Array(bytes), name: path)
        try self.vault.set(Self.box, to: Array(bytes))
    }
}
