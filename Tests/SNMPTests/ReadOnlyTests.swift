import Foundation
import Synchronization
import Testing

@testable import SNMP

/// That nothing here can change a device: SNMP has one request that does (SET, tag A3), and there is no way to send it.
@Suite("Nothing is ever set")
struct ReadOnlyTests {
    private static let sources = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Sources")

    /// The lines of the code of a target, comments left out.
    private static func lines(of target: String) throws -> [(file: String, line: String)] {
        let folder = Self.sources.appending(path: target)
        let walk = try #require(FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil))
        let files = walk.compactMap { $0 as? URL }.filter { ["swift", "c", "h"].contains($0.pathExtension) }
        return try files.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.hasPrefix("//") }
                .map { (file.lastPathComponent, $0) }
        }
    }

    @Test("the kinds of question are GET, GETNEXT and GETBULK")
    func kinds() {
        #expect(RequestKind.allCases.map(\.rawValue) == [0xA0, 0xA1, 0xA5])
    }

    @Test("no line of the engine holds the tag of a SET, in whatever digits")
    func noTag() throws {
        let tag = try Regex(#"(?i)\b(0xa3|163|0b1010_?0011|0o243)\b|\bset_?request|\bSNMP_MSG_SET\b"#)
        let lines = try Self.lines(of: "SNMP") + Self.lines(of: "CBatchUDP")
        #expect(lines.count > 1_000)
        for (file, line) in lines { #expect(line.firstMatch(of: tag) == nil, "\(file): \(line)") }
    }

    @Test("datagrams leave by one door, and what is put there is a template")
    func oneDoor() throws {
        let sending = try Regex(#"\b(sendmmsg|sendmsg|sendto|send|write|writev)\("#)
        let calls = try Self.lines(of: "CBatchUDP").filter { $0.line.firstMatch(of: sending) != nil }
        // The other is the wake-up of our own thread.
        #expect(calls.filter { $0.line.contains("sendmmsg(") }.count == 1)
        #expect(
            calls.filter { !$0.line.contains("sendmmsg(") }.allSatisfy { $0.line.contains("write(waker,") }
        )
        let staging = try Self.lines(of: "SNMP").filter { $0.line.contains("port.stage(") }
        #expect(staging.count == 1)
        #expect(try Self.lines(of: "SNMP").filter { $0.line.contains("batch_udp_room(") }.count == 1)
    }

    @Test("whatever is asked by whatever way, only questions reach the agent")
    func everyWay() async throws {
        let kinds = Mutex<[UInt8: Int]>([:])
        let fake = try FakeAgent { request, number in
            kinds.withLock { $0[request.kind, default: 0] += 1 }
            // Every fourth is left unanswered, so that retries are seen too.
            guard number % 4 != 3 else { return [] }
            let names = request.names.map { $0.appending(1) ?? $0 }
            return [
                .own(request.answer((request.kind == 0xA0 ? request.names : names).map { ($0, .integer(1)) }))
            ]
        }
        let (replies, reply) = AsyncStream.makeStream(of: UInt32.self)
        var settings = SNMPEngineSettings()
        settings.retryAfter = .milliseconds(20)
        let engine = try SNMPEngine(settings: settings) { done, _ in reply.yield(done.token) }
        let name: OID = [1, 3, 6, 1, 2, 1, 1]
        for credential in [SNMPCredential.v1(community: "right"), .v2c(community: "right")] {
            let agent = try fake.agent(credential)
            _ = await engine.get([name, [1, 3]], from: agent)
            _ = await engine.send(try .getNext([name]), to: agent)
            _ = await engine.send(try .getBulk([name], after: [[1, 3]], repetitions: 5), to: agent)
            _ = await engine.walk(name, on: agent, limits: WalkLimits(rows: 20))
            let subject = try PollSubject(
                token: 7,
                agent: agent,
                questions: [.get([name]), .getNext([name])],
                interval: .milliseconds(100)
            )
            engine.watch([subject])
            engine.hasten([7])
            var count = 0
            for await _ in replies {
                count += 1
                if count == 6 { break }
            }
            engine.unwatch([7])
        }
        await engine.close()
        let seen = kinds.withLock { $0 }
        #expect(Set(seen.keys) == [0xA0, 0xA1, 0xA5])
        #expect(engine.counters.retries > 0)
        // Nothing was sent that the agent could not read, and so would not have counted.
        #expect(UInt64(seen.values.reduce(0, +)) == engine.counters.sent)
    }
}
