import Synchronization
import Testing

@testable import SNMP

private let second: Int64 = 1_000_000_000

/// Begins the next round of those that answer.
private func begin(_ schedule: inout PollSchedule, at now: Int64) throws -> PollSchedule.Reference {
    let reference = schedule.begin(silent: false, now: now)
    return try #require(reference)
}

@Suite("The schedule of rounds")
struct PollScheduleTests {
    private static let questions = [PollTemplate.next([1, 3], 1)]

    private func subject(_ token: UInt32, everySeconds interval: Int64?, after: Int64 = 0) throws
        -> PollSubject
    {
        try PollSubject(
            token: token,
            agent: SNMPAgent(
                address: try #require(AgentAddress("192.0.2.7")),
                credential: .v2c(community: "c")
            ),
            questions: Self.questions,
            interval: interval.map { .seconds($0) },
            firstAfter: .seconds(after)
        )
    }

    /// Runs a schedule of one subject; `answers` says of each round whether the agent answered. Returns when rounds began,
    /// in seconds, and in which lane.
    private func begun(interval: Int64, after: Int64, answers: [Bool]) throws -> [(at: Int64, silent: Bool)] {
        var schedule = PollSchedule(mostBackOff: .seconds(8 * interval), now: 0)
        schedule.add(try self.subject(1, everySeconds: interval, after: after), access: 0, now: 0)
        var begun: [(at: Int64, silent: Bool)] = []
        var now: Int64 = 0
        while begun.count < answers.count, now < 10_000 * second {
            schedule.expire(now: now)
            for silent in [false, true] {
                while let reference = schedule.begin(silent: silent, now: now) {
                    schedule.end(reference, isAlive: answers[begun.count], now: now)
                    begun.append((now / second, silent))
                    if begun.count == answers.count { return begun }
                }
            }
            now += second
        }
        return begun
    }

    @Test("a subject keeps its place in the interval")
    func place() throws {
        let rounds = try self.begun(interval: 60, after: 7, answers: [true, true, false, true])
        #expect(rounds.map(\.at) == [7, 67, 127, 187])
        #expect(rounds.allSatisfy { !$0.silent })
    }

    @Test("who does not answer is asked apart and ever more seldom, in its place; one answer brings it back")
    func backOff() throws {
        let rounds = try self.begun(
            interval: 60,
            after: 7,
            answers: [false, false, false, false, false, false, true, true]
        )
        // 2 misses double the interval, then again up to eight intervals.
        #expect(rounds.map(\.at) == [7, 67, 187, 427, 907, 1387, 1867, 1927])
        #expect(rounds.map(\.silent) == [false, false, true, true, true, true, true, false])
    }

    @Test("rounds that were slept through are not made up for, and the place is kept")
    func sleep() throws {
        var schedule = PollSchedule(mostBackOff: .seconds(600), now: 0)
        schedule.add(try self.subject(1, everySeconds: 60, after: 7), access: 0, now: 0)
        schedule.expire(now: 8 * second)
        let began = try begin(&schedule, at: 8 * second)
        schedule.end(began, isAlive: true, now: 400 * second)
        let next = try #require(schedule[began])
        #expect(next.dueAt == 427 * second)
    }

    @Test("a subject of one round goes after it, and a question of one that was taken out has no subject")
    func goes() throws {
        var schedule = PollSchedule(mostBackOff: .seconds(600), now: 0)
        schedule.add(try self.subject(1, everySeconds: nil), access: 0, now: 0)
        schedule.add(try self.subject(2, everySeconds: 60), access: 0, now: 0)
        schedule.expire(now: 0)
        let first = try begin(&schedule, at: 0)
        let other = try begin(&schedule, at: 0)
        schedule.end(first, isAlive: true, now: second)
        #expect(schedule[first] == nil && schedule.count == 1)
        schedule.remove(2)
        #expect(schedule[other] == nil && schedule.count == 0)
        // Its place is taken by another, whom the old reference does not find.
        schedule.add(try self.subject(3, everySeconds: 60), access: 0, now: second)
        #expect(schedule[other] == nil && schedule.count == 1)
        let third = try begin(&schedule, at: second)
        #expect(schedule[third]?.token == 3)
        #expect(!schedule.hasWaiting(silent: false))
    }

    @Test("a hastened round comes at once, and the next in its place as if nothing had been")
    func hastened() throws {
        var schedule = PollSchedule(mostBackOff: .seconds(600), now: 0)
        schedule.add(try self.subject(1, everySeconds: 60, after: 30), access: 0, now: 0)
        schedule.hasten(1, now: 5 * second)
        let began = try begin(&schedule, at: 5 * second)
        schedule.hasten(1, now: 5 * second)
        #expect(!schedule.hasWaiting(silent: false))
        schedule.end(began, isAlive: true, now: 6 * second)
        #expect(schedule[began]?.dueAt == 30 * second)
        schedule.expire(now: 30 * second)
        let next = try begin(&schedule, at: 30 * second)
        schedule.end(next, isAlive: true, now: 31 * second)
        #expect(schedule[next]?.dueAt == 90 * second)
    }
}

@Suite("Rounds")
struct RoundTests {
    private struct Heard: Sendable {
        var token: UInt32
        var question: Int
        var words: String
        var isLast: Bool
    }

    private final class Ear: Sendable {
        let heard = Mutex<[Heard]>([])
        let (stream, source) = AsyncStream.makeStream(of: Void.self)

        func take(_ reply: PollReply, _ bytes: RawSpan) {
            let words =
                switch reply.outcome {
                case .values(let list):
                    list.entries.map { $0.value(in: bytes).description }.joined(separator: ",")
                case .agentError(let status, let index): "\(status) \(index)"
                case .silent: "silent"
                case .refused: "refused"
                case .unsupported: "unsupported"
                default: "other"
                }
            self.heard.withLock {
                $0.append(
                    Heard(token: reply.token, question: reply.question, words: words, isLast: reply.isLast)
                )
            }
            self.source.yield()
        }

        /// Waits until so many replies have come.
        func replies(_ count: Int) async -> [Heard] {
            for await _ in self.stream {
                let heard = self.heard.withLock { $0 }
                if heard.count >= count { return heard }
            }
            return []
        }
    }

    private func engine(_ ear: Ear, _ change: (inout SNMPEngineSettings) -> Void = { _ in }) throws
        -> SNMPEngine
    {
        var settings = SNMPEngineSettings()
        settings.retryAfter = .milliseconds(20)
        settings.deadline = .milliseconds(200)
        change(&settings)
        return try SNMPEngine(settings: settings) { ear.take($0, $1) }
    }

    @Test("a round asks its questions one after another, and goes on past one that the agent refuses")
    func questions() async throws {
        let fake = try FakeAgent { request, _ in
            if request.names == [[1, 3, 2]] { return [.own(request.answer([], status: 5, index: 1))] }
            return [.own(request.answer(request.names.map { ($0, .integer(Int64($0.subidentifiers[2]))) }))]
        }
        let ear = Ear()
        let engine = try self.engine(ear)
        engine.watch([
            try PollSubject(
                token: 5,
                agent: try fake.agent(),
                questions: [.get([[1, 3, 1]]), .get([[1, 3, 2]]), .get([[1, 3, 3], [1, 3, 4]])],
                interval: nil
            )
        ])
        let heard = await ear.replies(3)
        #expect(heard.map(\.words) == ["1", "genErr 1", "3,4"])
        #expect(heard.map(\.question) == [0, 1, 2] && heard.map(\.isLast) == [false, false, true])
        #expect(heard.allSatisfy { $0.token == 5 })
        await engine.close()
        #expect(engine.counters.subjects == 0 && engine.counters.rounds == 1)
    }

    @Test("a round ends with the first question that finds nobody, and comes again in its time")
    func silence() async throws {
        let fake = try FakeAgent { request, number in
            number < 3 ? [] : [.own(request.answer(request.names.map { ($0, .integer(1)) }))]
        }
        let ear = Ear()
        let engine = try self.engine(ear)
        engine.watch([
            try PollSubject(
                token: 1,
                agent: try fake.agent(),
                questions: [.get([[1, 3, 1]]), .get([[1, 3, 2]])],
                interval: .milliseconds(300)
            )
        ])
        let heard = await ear.replies(3).prefix(3)
        #expect(heard.map(\.words) == ["silent", "1", "1"])
        #expect(heard.map(\.isLast) == [true, false, true])
        await engine.close()
    }

    @Test("dead agents fill their own window and not that of the living")
    func windows() async throws {
        let alive = try FakeAgent { request, _ in
            [.own(request.answer(request.names.map { ($0, .integer(1)) }))]
        }
        let dead = try FakeAgent { _, _ in [] }
        let ear = Ear()
        // Longer than the test: a dead agent's place in the window does not come free.
        let engine = try self.engine(ear) {
            $0.deadline = .milliseconds(40)
            $0.silentWindow = 2
            $0.roundWindow = 4
        }
        let questions = [try PollTemplate.get([[1, 3, 1]])]
        let dark = try (0..<20 as Range<UInt32>).map {
            try PollSubject(
                token: $0,
                agent: try dead.agent(),
                questions: questions,
                interval: .milliseconds(100)
            )
        }
        engine.watch(dark)
        var heard = await ear.replies(60)
        #expect(heard.allSatisfy { $0.words == "silent" })
        #expect(engine.counters.silentRounds <= 2)
        engine.watch([
            try PollSubject(
                token: 99,
                agent: try alive.agent(),
                questions: questions,
                interval: .milliseconds(100)
            )
        ])
        while !heard.contains(where: { $0.token == 99 && $0.words == "1" }) {
            heard = await ear.replies(heard.count + 1)
        }
        engine.unwatch((0..<20).map { $0 } + [99])
        await engine.close()
    }

    @Test("what a version cannot ask is said in the reply")
    func unsupported() async throws {
        let ear = Ear()
        let engine = try self.engine(ear)
        let agent = SNMPAgent(
            address: try #require(AgentAddress("127.0.0.1")),
            credential: .v1(community: "c")
        )
        engine.watch([
            try PollSubject(
                token: 3,
                agent: agent,
                questions: [.getBulk([[1, 3]], repetitions: 10)],
                interval: nil
            )
        ])
        #expect(await ear.replies(1).map(\.words) == ["unsupported"])
        await engine.close()
    }
}
