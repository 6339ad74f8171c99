import Foundation
import Testing

@Suite struct SNMPTests {
    private static let name = "1.3.6.1.2.1.1.5.0"

    @Test("single objects come with their types")
    func get() throws {
        let agent = try SNMPRealAgent()
        let ending = try Program.run(
            ["snmp", "get", "127.0.0.1:\(agent.port)", Self.name, "1.3.6.1.2.1.1.3.0", "1.3.6.1.2.1.1.99.0"]
                + ["--community", "-", "--format", "json"],
            input: "road-agents\n"
        )
        #expect(ending.code == 0, "\(ending.errors)")
        let rows = try #require(try ending.object()["objects"] as? [[String: Any]])
        let types = rows.compactMap { $0["type"] as? String }
        #expect(types == ["text", "time_ticks", "no_such_object"])
        #expect(
            rows[0]["value"] as? String == "SW-7" && rows[1]["value"] is Int && rows[2]["value"] is NSNull
        )
    }

    @Test("a walk lists a subtree, and says when it was cut")
    func walk() throws {
        let agent = try SNMPRealAgent()
        let credentials = try agent.folder.write(
            "credentials:\n  switches: {snmp: {version: 2c, community: road-agents}}\n",
            to: "credentials.yaml"
        )
        let question = ["snmp", "walk", "127.0.0.1:\(agent.port)", "1.3.6.1.2.1.1"]
        let opening = ["--credentials", credentials, "--credential", "switches"]
        let whole = try Program.run(question + opening + ["--format", "csv"])
        #expect(whole.code == 0, "\(whole.errors)")
        #expect(whole.csv.contains { $0 == [Self.name, "text", "SW-7"] })
        let cut = try Program.run(question + opening + ["--rows", "2", "--format", "json"])
        #expect(cut.code == 0)
        let answer = try cut.object()
        #expect(answer["partial"] as? Bool == true && (answer["objects"] as? [Any])?.count == 2)
        let old = try Program.run(question + opening + ["--v1", "--format", "csv"])
        #expect(old.code == 0 && old.csv.contains { $0 == [Self.name, "text", "SW-7"] })
    }

    @Test("an agent that knows another community is silent, and the one we tried is not printed")
    func silent() throws {
        let agent = try SNMPRealAgent()
        let ending = try Program.run(
            ["snmp", "get", "127.0.0.1:\(agent.port)", Self.name, "--community", "-", "--deadline", "0.5"],
            input: "s3cr3t-word\n"
        )
        #expect(ending.code == 1)
        #expect(ending.errors.contains("no answer") && !ending.errors.contains("s3cr3t"), "\(ending.errors)")
    }

    @Test("what is no object, or comes without a community, was asked wrongly")
    func wrongly() throws {
        let named = try Program.run("snmp", "get", "127.0.0.1", "sysName.0", "--community", "x")
        #expect(named.code == 2 && named.errors.contains("sysName.0"))
        let bare = try Program.run("snmp", "walk", "127.0.0.1", "1.3.6.1")
        #expect(bare.code == 2 && bare.errors.contains("--credential"))
    }
}

/// A real `snmpd` on a free port of this machine.
final class SNMPRealAgent {
    let port: UInt16
    let folder: Folder
    private let process: pid_t

    /// With some more lines of settings.
    init(_ more: String = "") throws {
        self.folder = try Folder()
        self.port = try Self.freePort()
        let settings = try self.folder.write(
            """
            agentaddress udp:127.0.0.1:\(self.port)
            rocommunity road-agents 127.0.0.1
            sysName SW-7
            \(more)
            """,
            to: "snmpd.conf"
        )
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let arguments = ["/usr/sbin/snmpd", "-f", "-Lo", "-C", "-c", settings]
        let variables = ["SNMP_PERSISTENT_DIR=\(self.folder.path)", "MIBS=", "PATH=/usr/bin:/bin"]
        var words = arguments.map { strdup($0) } + [nil]
        var pairs = variables.map { strdup($0) } + [nil]
        defer { for text in words + pairs { free(text) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, "/usr/sbin/snmpd", &actions, nil, &words, &pairs)
        posix_spawn_file_actions_destroy(&actions)
        close(ends[1])
        try #require(failure == 0, "snmpd is not installed")
        self.process = process
        var printed = ""
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while !printed.contains("NET-SNMP version") {
            let count = read(ends[0], &buffer, buffer.count)
            try #require(count > 0, "snmpd ended: \(printed)")
            printed += String(decoding: buffer.prefix(count), as: UTF8.self)
        }
    }

    deinit {
        kill(self.process, SIGKILL)
        var status: Int32 = 0
        waitpid(self.process, &status, 0)
    }

    /// A UDP port that is free now.
    static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        try #require(isBound)
        return UInt16(bigEndian: address.sin_port)
    }
}
