import Foundation
import Synchronization
import TestSupport
import Testing

@testable import WaysideService

@Suite struct BlockingLaneTests {
    /// Holds as many as come until all have come.
    private final class Meeting: Sendable {
        private let condition = NSCondition()
        private let count = Mutex(0)

        func attend(_ all: Int) {
            self.condition.lock()
            self.count.withLock { $0 += 1 }
            self.condition.broadcast()
            while self.count.withLock({ $0 }) < all { self.condition.wait() }
            self.condition.unlock()
        }
    }

    @concurrent
    private static func meet(_ meeting: Meeting, _ all: Int) async -> String {
        meeting.attend(all)
        return (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)) ?? ""
    }

    @Test(
        "as many calls block at once as the lane has threads, on threads of its name",
        .timeLimit(.minutes(1))
    )
    func width() async {
        let lane = BlockingLane(name: "meeting", threadCount: 16)
        let meeting = Meeting()
        let names = await withTaskGroup(of: String.self) { group in
            for _ in 0..<16 {
                group.addTask(executorPreference: lane) { await Self.meet(meeting, 16) }
            }
            return await group.reduce(into: [String]()) { $0.append($1) }
        }
        #expect(Set(names).count == 16)
        #expect(names.allSatisfy { $0.hasPrefix("meeting-") })
        #expect(lane.load.threads == 16 && lane.load.overLimit == 0)
        lane.close()
    }
}

@Suite struct VirtualClockTests {
    private final class Woken: Sendable { let list = Mutex<[Int]>([]) }

    @Test("sleepers wake in the order of their deadlines and not before", .timeLimit(.minutes(1)))
    func order() async throws {
        let clock = VirtualClock()
        let start = clock.now
        let woken = Woken()
        await withTaskGroup(of: Void.self) { group in
            for second in [3, 1, 2] {
                group.addTask {
                    // Nobody cancels this test.
                    try? await clock.sleep(until: start.advanced(by: .seconds(second)), tolerance: nil)
                    woken.list.withLock { $0.append(second) }
                }
            }
            for second in 1...3 {
                while await clock.earliestDeadline() != start.advanced(by: .seconds(second)) {
                    await Task.yield()
                }
                #expect(woken.list.withLock { $0.count } == second - 1)
                clock.advance(by: .seconds(1))
                while woken.list.withLock({ $0.count }) < second { await Task.yield() }
            }
        }
        #expect(woken.list.withLock { $0 } == [1, 2, 3])
    }

    @Test("a sleeper that is cancelled wakes at once", .timeLimit(.minutes(1)))
    func cancelled() async {
        let clock = VirtualClock()
        let sleeper = Task {
            try await clock.sleep(until: clock.now.advanced(by: .seconds(1)), tolerance: nil)
        }
        _ = await clock.earliestDeadline()
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }
}
