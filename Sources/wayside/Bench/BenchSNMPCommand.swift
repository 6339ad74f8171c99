internal import ArgumentParser
internal import SNMP
internal import WaysideReports

/// Measures what it costs to ask many agents.
struct BenchSNMPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snmp",
        abstract: "What one request to one of many agents costs: processor time, memory, lateness.",
        discussion: """
            Asks the switches of a load responder; Deploy/bench/snmp starts one, and peers on it in the same run:

              Deploy/bench/snmp --quick
              wayside bench snmp --port 16100 --devices 50000 --ask get
              wayside bench snmp --port 16100 --devices 50000 --interval 60 --dead 10

            Without --interval everybody is asked as fast as answers come. Times are of this machine as it is; compare
            figures of one run.
            """
    )

    /// What is asked.
    enum Question: String, ExpressibleByArgument, CaseIterable {
        case get
        case bulk
        /// As `bulk`; names are read into numbers too.
        case bulkNames = "bulk-names"
    }

    @Option(help: "The responder's port.") var port: UInt16
    @Option(help: "Devices, 1 to 65536: 127.1.0.0 and up.") var devices = 1_000
    @Option(help: "get (6 objects), bulk (1 and 6 columns of 10) or bulk-names.") var ask: Question = .get
    @Option(help: "2 (v2c) or 3 (v3, SHA-256 and AES-128).") var version = 2
    @Option(help: "Questions under way at once, 1 to 32768.") var window = 512
    @Option(help: "Seconds measured, 1 to 600, after a first round of everybody.") var seconds = 5
    @Option(help: "Seconds from one round to the next, 1 to 600; left out: as fast as answers come.")
    var interval: Int?
    @Option(help: "Of every hundred devices, how many the responder leaves dead.") var dead = 0
    @Option(help: "table, json or csv.") var format: Format = .table

    func validate() throws {
        guard (1...65_536).contains(self.devices), [2, 3].contains(self.version),
            (1...32_768).contains(self.window), (1...600).contains(self.seconds),
            (1...600).contains(self.interval ?? 1), (0...99).contains(self.dead)
        else {
            throw ValidationError(
                "--devices is 1 to 65536, --version 2 or 3, --window 1 to 32768, --seconds and --interval 1 to 600, "
                    + "--dead 0 to 99"
            )
        }
    }

    func run() async throws {
        let figures = try await self.measure()
        if let refusal = figures.refusal { throw Ending.asked(refusal) }
        guard figures.requests > 0 else {
            throw Ending.ours("nobody answered on port \(self.port): is the responder there?")
        }
        Output.print(self.table(of: figures), as: self.format)
    }

    private func measure() async throws -> BenchSNMP.Figures {
        do throws(SNMPError) {
            let bench = try BenchSNMP(
                port: self.port,
                devices: self.devices,
                deadInHundred: self.dead,
                question: self.ask,
                credential: try self.credential(),
                window: self.window,
                interval: self.interval
            )
            return try await bench.run(seconds: self.seconds)
        } catch {
            throw Ending.ours(error.description)
        }
    }

    private func credential() throws(SNMPError) -> SNMPCredential {
        guard self.version == 3 else { return .v2c(community: "public") }
        return .v3(
            try USMCredential(
                user: "bench",
                authentication: (.sha256, password: "benchbench"),
                privacy: (.aes128, password: "benchbench")
            )
        )
    }

    private func table(of figures: BenchSNMP.Figures) -> Table {
        let numbers: [(String, String, Table.Cell)] = [
            ("devices", "设备", .integer(Int64(self.devices))),
            ("requests", "请求", .integer(Int64(figures.requests))),
            ("requests_per_second", "请求/秒", .integer(Int64(figures.requestsPerSecond))),
            ("cpu_us", "CPU 微秒/请求", Self.decimal(figures.cpuMicroseconds)),
            ("user_us", "用户态", Self.decimal(figures.userMicroseconds)),
            ("system_us", "内核态", Self.decimal(figures.systemMicroseconds)),
            ("values_per_request", "值/请求", Self.decimal(figures.valuesPerRequest)),
            (
                "value_ns", "CPU 纳秒/值",
                Self.decimal(figures.cpuMicroseconds * 1_000 / figures.valuesPerRequest)
            ),
            ("core_percent", "占一核 %", Self.decimal(figures.corePercent)),
            ("first_round_us", "首轮 CPU 微秒/设备", Self.decimal(figures.firstRoundMicroseconds)),
            ("discovery_us", "发现 CPU 微秒/设备", Self.decimal(figures.discoveryMicroseconds)),
            ("bytes_per_device", "字节/设备", .integer(Int64(figures.bytesPerDevice))),
            ("engine_bytes_per_device", "引擎字节/设备", .integer(Int64(figures.engineBytesPerDevice))),
            ("late_p50_ms", "迟到 p50 毫秒", Self.decimal(figures.lateness(0.5))),
            ("late_p99_ms", "迟到 p99 毫秒", Self.decimal(figures.lateness(0.99))),
            ("late_max_ms", "迟到最大 毫秒", Self.decimal(figures.lateness(1))),
            ("retries", "重发", .integer(Int64(figures.retries))),
            ("unanswered", "无答", .integer(Int64(figures.unanswered))),
            ("bad", "坏答", .integer(Int64(figures.bad))),
            ("load_average", "平均负载", Self.decimal(figures.loadAverage)),
        ]
        return Table(
            columns: [
                Table.Column("ask", "问"), Table.Column("version", "版本"),
            ] + numbers.map { Table.Column($0.0, $0.1, isNumeric: true) },
            rows: [
                [.text(self.ask.rawValue), .text(self.version == 3 ? "v3" : "v2c")] + numbers.map(\.2)
            ]
        )
    }

    private static func decimal(_ value: Double) -> Table.Cell {
        let hundredths = Int64(value * 100)
        let rest = hundredths % 100
        return .text("\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)")
    }
}
