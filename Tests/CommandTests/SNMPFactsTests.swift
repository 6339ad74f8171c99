import Foundation
import Testing

/// `wayside snmp facts` against recorded devices, judged by the comparison that lies beside them.
///
/// Against the 32 good recordings no difference is left: nothing needs explaining.
@Suite("Facts of recorded devices", .enabled(if: RecordedDevices.areThere()))
struct SNMPFactsTests {
    @Test("every good recording gives its expected facts, at least 98 % in each section")
    func open() throws {
        let devices = try RecordedDevices("open", ["--prefix", "127.83", "--copies", "1"])
        let folder = try Folder()
        var pairs: [String] = []
        for (address, name) in devices.addresses.sorted(by: { $0.key < $1.key }) {
            let ending = try devices.facts(at: address, community: "public")
            #expect(ending.code == 0, "\(name): \(ending.errors)")
            let found = try folder.write(ending.output, to: "\(name).json")
            pairs += ["\(RecordedDevices.folder)/open/expected/\(name).json", found]
        }
        try #require(pairs.count == 64)
        let compared = try RecordedDevices.compare(pairs)
        #expect(compared.code == 0, "\(compared.output)")
        #expect(compared.output.contains(" 0 differ"), "\(compared.output)")
    }

    @Test(
        "a bad agent ends in a correct or honestly partial answer, in time",
        arguments: [[], ["--loop"]]
    )
    func robust(faults: [String]) throws {
        let devices = try RecordedDevices("robust", ["--raw"] + faults)
        for name in try RecordedDevices.names("robust") {
            let start = ContinuousClock.now
            let ending = try devices.facts(at: "127.0.0.1", community: name)
            #expect(ContinuousClock.now - start < .seconds(90), "\(name)")
            #expect(ending.code == 0, "\(name): \(ending.errors)")
            RobustExpectations.check(name, try ending.object())
        }
    }

    @Test(
        "loss, duplicates, cut datagrams, wrong ids and delay make facts late or partial, never wrong",
        arguments: [
            ["--drop", "10"], ["--dup", "30"], ["--trunc", "10"], ["--badid", "10"], ["--delay", "5"],
            ["--drop", "5", "--dup", "5", "--trunc", "5", "--badid", "5", "--maxrows", "3"],
        ]
    )
    func faults(faults: [String]) throws {
        let devices = try RecordedDevices("open", faults)
        for name in [
            "cam-hikvision-ds2cd4c36", "cam-axis-p1455le", "ups-huawei-ups5000", "sw-moxa-p506e-poe",
        ] {
            let ending = try devices.facts(at: "127.0.0.1", community: name)
            #expect(ending.code == 0, "\(name): \(ending.errors)")
            let found = try ending.object()
            let expected = try RecordedDevices.expected(name)
            if found["partial"] as? Bool != true {
                let compared = try RecordedDevices.compare(name, ending.output)
                #expect(compared.code == 0, "\(name): \(compared.output)")
            }
            // What is there is right, whether or not all is there.
            for section in ["cpu", "memory", "temperature", "ups", "poe"] {
                for item in found[section] as? [[String: Any]] ?? [] {
                    guard let oid = item["oid"] as? String, let value = item["value"] as? Double else {
                        continue
                    }
                    let same = (expected[section] as? [[String: Any]] ?? []).filter {
                        $0["oid"] as? String == oid
                    }
                    let numbers = same.compactMap { $0["value"] as? Double }
                    #expect(
                        numbers.isEmpty
                            || numbers.contains { abs($0 - value) <= max(0.051, 0.005 * abs($0)) },
                        "\(name): \(oid) is \(value), not \(numbers)"
                    )
                }
            }
        }
    }

    @Test("an engineer's table names the maker, the ports and the load")
    func table() throws {
        let devices = try RecordedDevices("open", [])
        let place = "127.0.0.1:\(devices.port)"
        let ending = try Program.run(
            ["snmp", "facts", place, "--community", "-"],
            input: "cam-hikvision-ds2cd4c36\n"
        )
        #expect(ending.code == 0, "\(ending.errors)")
        for words in [
            "Hikvision", "DS-2CD4C36FWD-AP", "V5.5.80 build 190131", "52", "1.3.6.1.4.1.39165.1.7.0",
        ] {
            #expect(ending.output.contains(words), "\(words)")
        }
        let wrong = try Program.run(
            ["snmp", "facts", place, "--community", "-", "--profiles", devices.emptyFolder.path],
            input: "x\n"
        )
        #expect(wrong.code == 2 && wrong.errors.contains("holds no *.yaml"))
    }
}

/// What must be true of the facts of each bad agent.
private enum RobustExpectations {
    static func check(_ name: String, _ facts: [String: Any]) {
        let interfaces = facts["interfaces"] as? [String: Any]
        let ports = interfaces?["ports"] as? [[String: Any]] ?? []
        let system = facts["system"] as? [String: Any] ?? [:]
        func speeds() -> Set<Int> { Set(ports.compactMap { $0["speed_bps"] as? Int }) }
        func items(_ section: String) -> [[String: Any]] { facts[section] as? [[String: Any]] ?? [] }
        func value(_ section: String, _ oid: String) -> Any? {
            items(section).first { $0["oid"] as? String == oid }?["value"]
        }
        switch name.prefix(3) {
        case "r02": #expect(facts["partial"] as? Bool == true, "its forwarding table is not in order")
        case "r05": #expect((system["sysDescr"] as? String)?.contains("中文") ?? false)
        case "r08": #expect((system["sysDescr"] as? String)?.contains("年") ?? false)
        case "r09": #expect(ports.count == 113 && speeds().contains { $0 >= 10_000_000 })
        case "r11": #expect(ports.count == 492 && ports.allSatisfy { $0["ifInOctets"] == nil })
        case "r13": #expect((facts["uptime_ticks"] as? Int ?? 0) > 0)
        case "r14":
            #expect(value("ups", "1.3.6.1.2.1.33.1.4.2.0") as? Double == 50)
            #expect(value("ups", "1.3.6.1.2.1.33.1.3.3.1.3.1") as? Double == 236)
        case "r15": #expect(value("ups", "1.3.6.1.2.1.33.1.2.7.0") is NSNull)
        case "r16": #expect(value("ups", "1.3.6.1.2.1.33.1.2.7.0") is NSNull)
        case "r17":
            #expect(speeds().isSubset(of: [0, 10_000_000, 100_000_000, 1_000_000_000]), "\(speeds())")
        case "r18": #expect(system["sysObjectID"] == nil && system["sysDescr"] != nil)
        case "r19": #expect(system["sysObjectID"] as? String == "1.3.6.1.4.1.232.165.11")
        case "r20":
            #expect(
                ports.contains { $0["oper"] is NSNull } || ports.contains { $0["oper"] as? String == "up" }
            )
        case "r22": #expect(interfaces?["count"] as? Int == 42 && interfaces?["ifNumber"] as? Int == 33)
        case "x01": #expect(ports.count == 3)
        case "x02":
            #expect(value("cpu", "1.3.6.1.4.1.39165.1.7.0") as? Double == 7)
            #expect(value("storage", "1.3.6.1.4.1.39165.1.8.0") as? Double == 117.8)
        case "x03":
            #expect(value("storage", "1.3.6.1.4.1.50001.1.241.1.5.4.0") is NSNull, "a disk of size 0")
            #expect(
                items("state").map { $0["state"] as? String } == [
                    "normal", "abnormal", "smartFailed", "notOnline", "repairing",
                ]
            )
        case "x04":
            let states = items("state").map { $0["state"] as? String }
            #expect(states == ["delivering", "searching", "fault", "disabled", "otherFault", "delivering"])
            #expect(value("power", "1.3.6.1.2.1.105.1.3.1.1.4.1") as? Double == 115)
        default: break
        }
    }
}

/// Recorded devices, played by the replay agent that lies beside them.
private final class RecordedDevices {
    static let folder = URL(filePath: Program.root).appending(path: "../shared/data/snmp").standardized.path

    let port: UInt16
    let emptyFolder: Folder
    /// Name by address, where each device has its own.
    let addresses: [String: String]
    private let process: pid_t

    init(_ recordings: String, _ arguments: [String]) throws {
        self.emptyFolder = try Folder()
        self.port = try Self.freePort()
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0)
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let agent = "\(Self.folder)/tools/replay_agent.py"
        let place = ["--dir", "\(Self.folder)/\(recordings)", "--port", "\(self.port)"]
        let command: [String] = ["/usr/bin/python3", "-u", agent] + place + arguments
        var words = command.map { strdup($0) } + [nil]
        let variables = ["PATH=/usr/bin:/bin"]
        var pairs = variables.map { strdup($0) } + [nil]
        defer { for text in words + pairs { free(text) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, "/usr/bin/python3", &actions, nil, &words, &pairs)
        posix_spawn_file_actions_destroy(&actions)
        close(ends[1])
        try #require(failure == 0, "python3 is not installed")
        self.process = process
        var printed = ""
        var buffer = [UInt8](repeating: 0, count: 4_096)
        // The line comes in pieces, and who closes the pipe between them ends the agent.
        while !printed.contains(" rows\n") {
            let count = read(ends[0], &buffer, buffer.count)
            try #require(count > 0, "the replay agent ended: \(printed)")
            printed += String(decoding: buffer.prefix(count), as: UTF8.self)
        }
        var addresses: [String: String] = [:]
        for line in printed.split(separator: "\n") where line.contains("\t") {
            let parts = line.split(separator: "\t")
            addresses[String(parts[0])] = String(parts[1])
        }
        self.addresses = addresses
    }

    deinit {
        kill(self.process, SIGKILL)
        var status: Int32 = 0
        waitpid(self.process, &status, 0)
    }

    func facts(at address: String, community: String) throws -> Program.Ending {
        try Program.run(
            [
                "snmp", "facts", "\(address):\(self.port)", "--community", "-", "--format", "json",
                "--budget", "60",
            ],
            input: "\(community)\n"
        )
    }

    static func areThere() -> Bool {
        if FileManager.default.fileExists(atPath: "\(self.folder)/tools/compare_facts.py") { return true }
        print("⚠️  NO RECORDINGS at \(self.folder): the tests with recorded devices do not run")
        return false
    }

    static func names(_ recordings: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(self.folder)/\(recordings)")
            .filter { $0.hasSuffix(".snmprec") }.map { String($0.dropLast(8)) }.sorted()
    }

    static func expected(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: "\(self.folder)/open/expected/\(name).json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    static func compare(_ name: String, _ found: String) throws -> Program.Ending {
        let folder = try Folder()
        return try self.compare([
            "\(self.folder)/open/expected/\(name).json", try folder.write(found, to: "\(name).json"),
        ])
    }

    static func compare(_ pairs: [String]) throws -> Program.Ending {
        try Program.run(["\(self.folder)/tools/compare_facts.py"] + pairs, by: "/usr/bin/python3")
    }

    /// A UDP port that is free now.
    private static func freePort() throws -> UInt16 {
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
