import Glibc
import StoreTestSupport
import Testing
import WaysideStore

@Suite("The vault of credentials")
struct SealedVaultTests {
    @Test("secrets are kept over a restart, by name, and are on disk in no readable form")
    func keeping() throws {
        let folder = try TemporaryFolder.make() + "/secrets"
        let secret = Array("correct horse battery staple".utf8)
        var vault = try SealedVault(folder: folder)
        #expect(vault.names.isEmpty)
        try vault.set("road-snmp", to: secret)
        try vault.set("cameras", to: [0, 1, 255])
        try vault.set("old", to: [7])
        try vault.set("old", to: nil)
        vault = try SealedVault(folder: folder)
        #expect(vault.names == ["cameras", "road-snmp"])
        #expect(try vault.secret("road-snmp") == secret)
        #expect(try vault.secret("old") == nil)
        for name in TestFile.names(folder) {
            let bytes = TestFile.bytes("\(folder)/\(name)")
            #expect(!bytes.indices.contains { bytes[$0...].starts(with: secret) })
            var status = stat()
            stat("\(folder)/\(name)", &status)
            #expect(status.st_mode & 0o077 == 0, "\(name)")
        }
        #expect("\(vault)" == "vault of [\"cameras\", \"road-snmp\"]")
        var dumped = ""
        dump(vault, to: &dumped)
        #expect(!dumped.contains("horse"))
    }

    @Test("every change has another mark, whoever makes it, and a vault that is only opened keeps its own")
    func marks() throws {
        let folder = try TemporaryFolder.make() + "/secrets"
        #expect(try SealedVault.mark(of: folder) == nil)
        let vault = try SealedVault(folder: folder)
        #expect(try SealedVault.mark(of: folder) == nil)
        var marks: Set<String> = []
        for _ in 0..<8 {
            try vault.set("a", to: [1, 2, 3])
            marks.insert(try #require(try SealedVault.mark(of: folder)))
            let before = try SealedVault.mark(of: folder)
            _ = try SealedVault(folder: folder).secret("a")
            #expect(try SealedVault.mark(of: folder) == before)
        }
        #expect(marks.count == 8)
        chmod(folder + "/vault.sealed", 0o000)
        if geteuid() != 0 { #expect(throws: VaultError.self) { try SealedVault.mark(of: folder) } }
    }

    @Test("a lost or open key, another key and changed bytes are refused with what to do")
    func refusing() throws {
        let folder = try TemporaryFolder.make() + "/secrets"
        try SealedVault(folder: folder).set("a", to: [1, 2, 3])
        let (key, sealed) = ("\(folder)/vault.key", "\(folder)/vault.sealed")
        let (keyBytes, sealedBytes) = (TestFile.bytes(key), TestFile.bytes(sealed))
        chmod(key, 0o644)
        var error = #expect(throws: VaultError.self) { try SealedVault(folder: folder) }
        #expect(error?.reason.contains("chmod 600") == true)
        chmod(key, 0o600)
        TestFile.write(keyBytes.reversed(), to: key)
        let other = try SealedVault(folder: folder)
        error = #expect(throws: VaultError.self) { try other.secret("a") }
        #expect(error?.operation == .get)
        TestFile.write(keyBytes, to: key)
        for index in sealedBytes.indices {
            var bytes = sealedBytes
            bytes[index] ^= 1
            TestFile.write(bytes, to: sealed)
            // Either it does not open, or what was changed does not; never is something else given.
            #expect((try? SealedVault(folder: folder).secret("a")) ?? nil == nil)
        }
        TestFile.write(sealedBytes, to: sealed)
        #expect(try SealedVault(folder: folder).secret("a") == [1, 2, 3])
        unlink(key)
        error = #expect(throws: VaultError.self) { try SealedVault(folder: folder) }
        #expect(error?.reason.contains("missing") == true)
    }
}
