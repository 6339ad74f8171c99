import Synchronization
import Testing
import WaysideCore
import WaysideService

@Suite("The writer of health")
struct HealthWriterTests {
    private struct Away: Error {}

    /// A table that can be away.
    private final class Table: Sendable {
        let state = Mutex((rows: [HealthPoll](), isAway: false))

        func append(_ polls: [HealthPoll]) throws -> Int {
            try self.state.withLock { state in
                if state.isAway { throw Away() }
                state.rows += polls
                return 0
            }
        }
    }

    private static func poll(_ number: Int64) -> HealthPoll {
        HealthPoll(
            device: DeviceID(1),
            at: Timestamp(milliseconds: number),
            readings: [.init(Metric(name: "cpu.load", unit: "%", kind: .gauge), .level(Double(number)))]
        )
    }

    @Test("what was taken is written in order, and once")
    func order() async throws {
        let table = Table()
        let writer = HealthWriter { try table.append($0) }
        for number in 0..<12_000 { writer.take(Self.poll(Int64(number))) }
        try await writer.turn()
        try await writer.turn()
        #expect(table.state.withLock { $0.rows.map(\.at.milliseconds) } == Array(0..<12_000))
        #expect(writer.load.waiting == 0)
        #expect(writer.load.written == 12_000)
        #expect(writer.load.samples == 12_000)
        #expect(writer.load.lost == 0)
    }

    @Test("while the database is away the latest polls are kept, and the loss is counted")
    func bounded() async throws {
        let table = Table()
        let writer = HealthWriter(limit: 100) { try table.append($0) }
        table.state.withLock { $0.isAway = true }
        for number in 0..<1_000 { writer.take(Self.poll(Int64(number))) }
        await #expect(throws: HealthWriter.Unwritten.self) { try await writer.turn() }
        table.state.withLock { $0.isAway = false }
        let load = writer.load
        #expect((100...106).contains(load.waiting))
        #expect(load.lost == UInt64(1_000 - load.waiting))
        try await writer.turn()
        let kept = table.state.withLock { $0.rows.map(\.at.milliseconds) }
        #expect(kept == Array(Int64(1_000 - load.waiting)..<1_000))
    }
}
