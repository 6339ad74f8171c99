import Foundation
import Testing

@testable import SNMP

/// Recorded agents, good and bad, played by the replay agent that lies beside them.
private final class ReplayedAgents: Sendable {
    static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("../shared/data/snmp").standardized.path

    private let process: ServerProcess
    private let port: UInt16

    init(_ recordings: String, _ faults: [String]) throws {
        self.port = try LoopbackSocket().port
        self.process = try ServerProcess(
            "/usr/bin/python3",
            ["-u", "\(Self.folder)/tools/replay_agent.py", "--dir", "\(Self.folder)/\(recordings)"]
                + ["--port", "\(self.port)"] + faults,
            ready: "endpoints on port"
        )
    }

    func agent(_ recording: String) throws -> SNMPAgent {
        guard let address = AgentAddress("127.0.0.1", port: self.port) else { throw POSIXError(.EINVAL) }
        return SNMPAgent(address: address, credential: .v2c(community: recording))
    }

    /// True when there are recordings; says so loudly when there are none.
    static func areThere() -> Bool {
        if FileManager.default.fileExists(atPath: "\(Self.folder)/tools/replay_agent.py") { return true }
        print("⚠️  NO RECORDINGS at \(Self.folder): the tests with recorded agents do not run")
        return false
    }

    static func names(_ recordings: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(Self.folder)/\(recordings)")
            .filter { $0.hasSuffix(".snmprec") }.map { String($0.dropLast(8)) }.sorted()
    }

    /// The names of a recording's rows in the file's own order.
    static func rows(_ recordings: String, _ name: String) throws -> [OID] {
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(recordings)/\(name).snmprec"))
        return data.split(separator: 0x0A).compactMap { line in
            line.firstIndex(of: 0x7C).flatMap { OID(String(decoding: line[..<$0], as: UTF8.self)) }
        }
    }
}

@Suite("Recorded agents", .enabled(if: ReplayedAgents.areThere()))
struct ReplayedAgentTests {
    private static func settings(_ attempts: Int) -> SNMPEngineSettings {
        var settings = SNMPEngineSettings()
        settings.attempts = attempts
        settings.retryAfter = .milliseconds(200)
        return settings
    }

    private static var limits: WalkLimits {
        var limits = WalkLimits()
        limits.deadline = .seconds(30)
        limits.duration = .seconds(300)
        return limits
    }

    @Test("a bad agent is read up to where it stops making sense, and whole when it does not")
    func robust() async throws {
        let agents = try ReplayedAgents("robust", ["--raw"])
        let engine = try SNMPEngine(settings: Self.settings(8))
        for name in try ReplayedAgents.names("robust") {
            // What a walk can take: from the least name on in the file's order, for as long as names grow.
            let rows = try ReplayedAgents.rows("robust", name)
            let start = rows.min().flatMap { rows.firstIndex(of: $0) } ?? 0
            var expected: [OID] = []
            for row in rows[start...] {
                if let last = expected.last, row <= last { break }
                expected.append(row)
            }
            let isWhole = start + expected.count == rows.count
            let walk = await engine.walk([1], on: try agents.agent(name), limits: Self.limits)
            #expect(walk.rows.map(\.name) == expected, "\(name)")
            if isWhole {
                #expect(walk.cut == nil, "\(name)")
            } else if case .notIncreasing = walk.cut {
                #expect(walk.isPartial)
            } else {
                Issue.record("\(name): \(String(describing: walk.cut))")
            }
        }
        await engine.close()
    }

    @Test("a walk that never ends is ended")
    func loop() async throws {
        let agents = try ReplayedAgents("robust", ["--raw", "--loop"])
        let engine = try SNMPEngine(settings: Self.settings(8))
        let walk = await engine.walk([1, 3], on: try agents.agent("x01-loop"), limits: Self.limits)
        #expect(walk.rows.count == 6)
        guard case .notIncreasing = walk.cut else {
            Issue.record("\(String(describing: walk.cut))")
            return
        }
        await engine.close()
    }

    @Test("over a bad line an answer is right or there is none")
    func badLine() async throws {
        let clean = try ReplayedAgents("open", [])
        let bad = try ReplayedAgents(
            "open",
            ["--drop", "20", "--dup", "10", "--trunc", "5", "--badid", "5", "--maxrows", "3"]
        )
        let engine = try SNMPEngine(settings: Self.settings(8))
        var counts = (whole: 0, partial: 0)
        for name in [
            "sw-huawei-s5720-36c", "cam-hikvision-ds2cd4c36", "ups-apc-smt750x", "sw-moxa-p506e-poe",
        ] {
            let limits = WalkLimits(rows: 150)
            let truth = await engine.walk([1, 3], on: try clean.agent(name), limits: limits)
            #expect(!truth.rows.isEmpty)
            let walk = await engine.walk([1, 3], on: try bad.agent(name), limits: limits)
            #expect(walk.rows == Array(truth.rows.prefix(walk.rows.count)), "\(name)")
            if walk.cut == truth.cut {
                #expect(walk.rows.count == truth.rows.count)
                counts.whole += 1
            } else {
                #expect(walk.isPartial)
                counts.partial += 1
            }
        }
        await engine.close()
        // The faults are real, and eight attempts are enough for most of it.
        #expect(counts.whole > 0)
        let counters = engine.counters
        #expect(counters.retries > 0 && counters.late > 0 && counters.malformed > 0)
    }
}
