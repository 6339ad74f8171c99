import Testing

@testable import WaysideFiles

@Suite struct CredentialsFileTests {
    private let text = """
        credentials:
          lab: {snmp: {version: 2c, community: geheim-1}}
          core:
            snmp: {version: 3, user: watch, auth: {method: sha256, passphrase: geheim-22}, priv: {method: aes128, passphrase: geheim-33}}
          cameras: {stream: {user: admin, password: geheim-4}}
          dome: {stream: {user: admin, password: geheim-5}}
        streams: {CAM-1: dome, camera: cameras}
        """

    private func problems(_ text: String) throws -> [String] {
        let error = try #require(throws: FilesError.self) {
            try CredentialsFile.read(bytes: Array(text.utf8), name: "credentials.yaml")
        }
        #expect(!error.description.contains("geheim"))
        return error.problems.map(\.description)
    }

    @Test("credentials are found by name, and streams by key before kind") func read() throws {
        let file = try CredentialsFile.read(bytes: Array(self.text.utf8), name: "credentials.yaml")
        #expect(file.snmp["lab"] == .community(SecretText("geheim-1"), version: 2))
        let user = SNMPUser(
            name: "watch",
            authentication: SNMPUser.Part(method: "sha256", passphrase: SecretText("geheim-22")),
            privacy: SNMPUser.Part(method: "aes128", passphrase: SecretText("geheim-33"))
        )
        #expect(file.snmp["core"] == .user(user))
        #expect(file.stream(deviceKey: "CAM-1", kind: "camera")?.password.revealed == "geheim-5")
        #expect(file.stream(deviceKey: "CAM-2", kind: "camera")?.password.revealed == "geheim-4")
        #expect(file.stream(deviceKey: "SW-1", kind: "switch") == nil)
    }

    @Test("a secret never shows itself") func secrecy() throws {
        let file = try CredentialsFile.read(bytes: Array(self.text.utf8), name: "credentials.yaml")
        var dumped = ""
        dump(file, to: &dumped)
        for shown in ["\(file)", String(reflecting: file), dumped, "\(SecretText("geheim"))"] {
            #expect(!shown.contains("geheim"))
        }
        #expect("\(SecretText("geheim"))" == "<secret>")
    }

    @Test(
        "what is wrong is told without a value",
        arguments: [
            (
                "version: 2c", "version: geheim",
                "credentials.yaml:2:25: version is not known, write 1, 2c or 3"
            ),
            (
                "community: geheim-1", "comunity: geheim-1",
                "credentials.yaml:2:29: unknown key \"comunity\" in snmp, the nearest known one is community (of version, community, user, auth, priv or context)"
            ),
            (
                "method: sha256", "method: geheim",
                "credentials.yaml:4:52: method is not known, write md5, sha, sha224, sha256, sha384 or sha512"
            ),
            (
                "passphrase: geheim-33", "passphrase: geheim",
                "credentials.yaml:4:119: passphrase is too short, write at least 8 characters (RFC 3414, 11.2)"
            ),
            (
                "CAM-1: dome", "CAM-1: doom",
                "credentials.yaml:7:18: there is no stream credential of that name, the nearest known one is dome"
            ),
        ]
    )
    func refused(part: String, wrong: String, message: String) throws {
        let problems = try self.problems(self.text.replacing(part, with: wrong))
        #expect(problems.contains(message), "\(problems)")
    }
}
