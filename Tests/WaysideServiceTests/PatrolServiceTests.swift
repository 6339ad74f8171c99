import Logging
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing
import WaysideCore

@testable import WaysideService

@Suite struct PatrolServiceTests {
    /// Answers at once by a rule, and remembers who was asked.
    private final class Road: Prober {
        let asked = Mutex<[ProbeOrder]>([])
        private let rule: @Sendable (ProbeOrder, Int) -> ProbeVerdict

        init(_ rule: @escaping @Sendable (ProbeOrder, Int) -> ProbeVerdict) { self.rule = rule }

        func probe(_ order: ProbeOrder) async -> ProbeVerdict {
            let times = self.asked.withLock { asked in
                asked.append(order)
                return asked.count { $0.device == order.device }
            }
            return self.rule(order, times)
        }
    }

    /// A journal whose appends hang until somebody opens it.
    private actor Gate: Journal {
        private let inner = MemoryJournal()
        private var isOpen = false
        private var waiting: [CheckedContinuation<Void, Never>] = []
        private(set) var hanging = 0

        func open() {
            self.isOpen = true
            for continuation in self.waiting { continuation.resume() }
            self.waiting = []
        }

        func append(_ entries: [JournalEntry], writtenAt: Timestamp) async throws -> JournalPosition {
            if !self.isOpen {
                self.hanging += 1
                await withCheckedContinuation { self.waiting.append($0) }
            }
            return try await self.inner.append(entries, writtenAt: writtenAt)
        }

        func batch(atOrAfter position: JournalPosition) async throws -> JournalBatch? {
            try await self.inner.batch(atOrAfter: position)
        }

        var everything: [JournalBatch] { get async { await self.inner.everything } }
    }

    private static let start = Timestamp(milliseconds: 1_700_000_000_000)

    private struct Patrol {
        let clock = VirtualClock()
        let board = PatrolHealthBoard()
        let service: PatrolService<VirtualClock>
        let targets: AsyncStream<PatrolTargets>.Continuation

        init(_ prober: any Prober, _ journal: any Journal, settings: PatrolSettings = PatrolSettings()) {
            let (stream, targets) = AsyncStream.makeStream(of: PatrolTargets.self)
            let clock = self.clock
            let origin = clock.now
            self.targets = targets
            self.service = PatrolService(
                settings: settings,
                targets: stream,
                prober: prober,
                journal: journal,
                clock: clock,
                wall: PatrolWallClock {
                    let (seconds, attoseconds) = origin.duration(to: clock.now).components
                    let elapsed = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
                    return (PatrolServiceTests.start + elapsed, false)
                },
                board: self.board,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }

        /// Lets time pass whenever nobody is being asked, until the condition holds.
        func drive(until condition: () async -> Bool) async {
            while await !condition() {
                let deadline = await self.clock.earliestDeadline()
                while !self.board.health.inFlight.isEmpty { await Task.yield() }
                self.clock.advance(to: deadline)
                await Task.yield()
            }
        }
    }

    private static func observations(_ batches: [JournalBatch]) -> [Observation] {
        batches.flatMap(\.entries).compactMap {
            if case .observation(let observation) = $0 { observation } else { nil }
        }
    }

    @Test(
        "a camera that dies is asked again quickly, and its misses are in the journal",
        .timeLimit(.minutes(1))
    )
    func outage() async throws {
        let road = Road { order, times in order.device == DeviceID(2) && times > 2 ? .timeout : .up }
        let journal = MemoryJournal()
        let patrol = Patrol(road, journal)
        patrol.targets.yield(.road(3, [.reach]))
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await patrol.service.run() }
            await patrol.drive {
                Self.observations(await journal.everything).count { $0.outcome == .down } >= 3
            }
            group.cancelAll()
        }
        let misses = Self.observations(await journal.everything).filter { $0.outcome == .down }
        #expect(misses.allSatisfy { $0.device == DeviceID(2) && $0.cause == .timeout })
        #expect(zip(misses, misses.dropFirst()).allSatisfy { $1.at - $0.at == 20_000 })
    }

    @Test(
        "a journal that hangs stops neither the asking nor the order of what is written",
        .timeLimit(.minutes(1))
    )
    func hungJournal() async throws {
        let road = Road { _, _ in .up }
        let journal = Gate()
        let patrol = Patrol(road, journal)
        patrol.targets.yield(.road(20, [.reach]))
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await patrol.service.run() }
            await patrol.drive { road.asked.withLock { $0.count } >= 60 }
            #expect(await journal.hanging == 1)
            #expect(patrol.board.health.appendingSince != nil)
            await journal.open()
            await patrol.drive { Self.observations(await journal.everything).count >= 60 }
            group.cancelAll()
        }
        let batches = await journal.everything
        #expect(batches.map(\.writtenAt) == batches.map(\.writtenAt).sorted())
        for (_, seen) in Dictionary(grouping: Self.observations(batches), by: \.device) {
            #expect(seen.map(\.at) == seen.map(\.at).sorted())
            #expect(Set(seen.map(\.at)).count == seen.count)
        }
    }

    @Test(
        "a full disk is said, and what was seen meanwhile is written when there is room",
        .timeLimit(.minutes(1))
    )
    func fullDisk() async throws {
        let road = Road { _, _ in .up }
        let journal = MemoryJournal()
        let patrol = Patrol(road, journal)
        await journal.refuse(20)
        patrol.targets.yield(.road(20, [.reach]))
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await patrol.service.run() }
            await patrol.drive { patrol.board.health.journalFailure != nil }
            await patrol.drive { Self.observations(await journal.everything).count >= 20 }
            group.cancelAll()
        }
        #expect(patrol.board.health.journalFailure == nil)
        #expect(patrol.board.health.droppedEntries == 0)
    }

    @Test("told to stop, the patrol makes safe what it still holds", .timeLimit(.minutes(1)))
    func stop() async throws {
        let road = Road { _, times in times > 1 ? .timeout : .up }
        let journal = MemoryJournal()
        let patrol = Patrol(road, journal)
        patrol.targets.yield(.road(1, [.reach]))
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await patrol.service.run() }
            await patrol.drive { patrol.board.health.answers == 2 }
            group.cancelAll()
        }
        #expect(Self.observations(await journal.everything).map(\.outcome) == [.up, .down])
    }

    @Test("targets come while it runs", .timeLimit(.minutes(1)))
    func targets() async throws {
        let road = Road { _, _ in .up }
        let journal = MemoryJournal()
        let patrol = Patrol(road, journal)
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await patrol.service.run() }
            await patrol.drive { await journal.everything.count >= 3 }
            #expect(Self.observations(await journal.everything).isEmpty)
            patrol.targets.yield(.road(2, [.reach]))
            await patrol.drive { Self.observations(await journal.everything).count >= 2 }
            patrol.targets.yield(.road(5, [.reach]))
            await patrol.drive {
                Set(Self.observations(await journal.everything).map(\.device)).count == 5
            }
            group.cancelAll()
        }
    }
}
