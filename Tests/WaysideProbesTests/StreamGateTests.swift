import MediaProbe
import Synchronization
import Testing
import WaysideCore
import WaysideService

@testable import WaysideProbes

@Suite(.timeLimit(.minutes(2))) struct StreamGateTests {
    private static let lane = BlockingLane(name: "gate", threadCount: 8)

    private func call(_ device: Int64, hop: Hop = .direct, passing: [StreamPassages.Passage] = [])
        -> StreamCall
    {
        StreamCall(
            track: TrackKey(device: DeviceID(device), check: .stream, hop: hop),
            server: "192.0.2.\(device)",
            passages: passing
        )
    }

    private func permit(_ answer: StreamGate.Answer) throws -> StreamPermit {
        guard case .go(let permit) = answer else { throw NoLeave(answer: answer) }
        return permit
    }

    private struct NoLeave: Error { var answer: StreamGate.Answer }

    private final class Shared<Value: Sendable>: Sendable {
        private let mutex: Mutex<Value>

        init(_ value: Value) { self.mutex = Mutex(value) }

        var value: Value { self.mutex.withLock { $0 } }
        func change(_ body: (inout sending Value) -> Void) { self.mutex.withLock { body(&$0) } }
    }

    @Test("whoever waits is let in when the one before has left")
    func letsIn() async throws {
        let gate = StreamGate(settings: CourtesySettings())
        let first = try self.permit(await gate.enter(self.call(1), within: .zero))
        async let second = gate.enter(self.call(1, hop: .platform), within: .seconds(100))
        while gate.load.waiting == 0 { await Task.yield() }
        _ = gate.leave(first, cause: nil, measure: nil)
        _ = gate.leave(try self.permit(await second), cause: nil, measure: nil)
        #expect(gate.sessions == 0 && gate.load.waiting == 0 && gate.load.turnedAway == 0)
    }

    @Test("whoever waited in vain is turned away with what was full, and takes nothing with him")
    func turnsAway() async throws {
        let gate = StreamGate(settings: CourtesySettings())
        let first = try self.permit(await gate.enter(self.call(1), within: .zero))
        guard case .turnedAway(.camera) = await gate.enter(self.call(1), within: .milliseconds(1)) else {
            Issue.record("it was let in")
            return
        }
        #expect(gate.load.turnedAway == 1 && gate.load.waiting == 0 && gate.sessions == 1)
        _ = gate.leave(first, cause: nil, measure: nil)
        _ = try self.permit(await gate.enter(self.call(1), within: .zero))
    }

    @Test("whoever is told to stop while waiting leaves the queue")
    func cancelled() async throws {
        let gate = StreamGate(settings: CourtesySettings())
        _ = try self.permit(await gate.enter(self.call(1), within: .zero))
        let call = self.call(1)
        let waiting = Task { await gate.enter(call, within: .seconds(100)) }
        while gate.load.waiting == 0 { await Task.yield() }
        waiting.cancel()
        guard case .cancelled = await waiting.value else {
            Issue.record("it was answered")
            return
        }
        #expect(gate.load.waiting == 0 && gate.load.turnedAway == 0)
    }

    @Test(
        "a hundred cameras through a gateway of three never are more than three at once, and all get through"
    )
    func crowd() async throws {
        let gateway = StreamPassages.Passage(device: DeviceID(900), key: "GW", kind: .gateway)
        var settings = CourtesySettings()
        settings.budgets.byDevice["GW"] = StreamBudget(sessions: 3, kilobitsPerSecond: 1_000_000)
        let gate = StreamGate(settings: settings)
        let most = Shared(0)
        let through = try await withThrowingTaskGroup(of: Void.self) { group in
            for device in 1...100 {
                let call = self.call(Int64(device), passing: [gateway])
                group.addTask {
                    let permit = try self.permit(await gate.enter(call, within: .seconds(100)))
                    let now = gate.sessions
                    most.change { $0 = max($0, now) }
                    await Task.yield()
                    _ = gate.leave(permit, cause: nil, measure: nil)
                }
            }
            var count = 0
            for try await _ in group { count += 1 }
            return count
        }
        #expect(through == 100 && most.value == 3)
        #expect(gate.sessions == 0 && gate.load.budgets.isEmpty)
    }

    @Test("small ones that came later do not overtake a large one, and have its room once it has given up")
    func overtaking() async throws {
        let link = StreamPassages.Passage(device: DeviceID(900), key: "LINK", kind: .link)
        var settings = CourtesySettings()
        settings.budgets.byDevice["LINK"] = StreamBudget(sessions: 10, kilobitsPerSecond: 8_000)
        settings.windowIntervalMilliseconds = 60_000
        let clock = Shared(Timestamp(milliseconds: 0))
        let time: StreamGate.Time = { clock.value }
        let gate = StreamGate(settings: settings, time: time)
        // What the small ones carry is learned first.
        for device in 2...3 {
            let call = self.call(Int64(device), passing: [link])
            for _ in 0..<2 {
                let permit = try self.permit(await gate.enter(call, within: .zero))
                _ = gate.leave(permit, cause: nil, measure: StreamMeasure(kilobitsPerSecond: 1_024))
                clock.change { $0 = $0 + 60_000 }
            }
        }
        let small = [self.call(2, passing: [link]), self.call(3, passing: [link])]
        let held = try self.permit(await gate.enter(self.call(4, passing: [link]), within: .zero))
        let first = try self.permit(await gate.enter(small[0], within: .zero))
        let large = self.call(5, passing: [link])
        let waiting = Task { await gate.enter(large, within: .seconds(100)) }
        while gate.load.waiting < 1 { await Task.yield() }
        async let second = gate.enter(small[1], within: .seconds(100))
        while gate.load.waiting < 2 { await Task.yield() }
        _ = gate.leave(first, cause: nil, measure: nil)
        #expect(gate.load.waiting == 2, "there is room for the small one, but it came later")
        waiting.cancel()
        _ = gate.leave(try self.permit(await second), cause: nil, measure: nil)
        _ = gate.leave(held, cause: nil, measure: nil)
        #expect(gate.load.waiting == 0 && gate.sessions == 0)
    }

    private func device(_ number: Int64, _ url: String) -> Device {
        var device = Device(
            id: DeviceID(number),
            key: "D\(number)",
            kind: .camera,
            name: "D",
            assignment: Assignment()
        )
        device.streamURL = url
        return device
    }

    @Test(
        "a probe that finds its gateway's budget used up is unknown by our own doing, and names the gateway"
    )
    func budgetUsedUp() async throws {
        let gateway = StreamPassages.Passage(device: DeviceID(900), key: "GW-1", kind: .gateway)
        let device = self.device(2, "rtsp://192.0.2.2/a")
        var settings = CourtesySettings()
        settings.budgets.byDevice["GW-1"] = StreamBudget(sessions: 1, kilobitsPerSecond: 1_000_000)
        let gate = StreamGate(settings: settings)
        let prober = StreamProber(
            book: TargetBook([device.id: device], passages: StreamPassages([device.id: [gateway]])),
            lane: Self.lane,
            gate: gate
        )
        let other = try self.permit(await gate.enter(self.call(1, passing: [gateway]), within: .zero))
        let order = ProbeOrder(device: device.id, check: .stream, deadline: .milliseconds(200))
        let verdict = await prober.probe(order)
        #expect(verdict.outcome == .unknown && verdict.cause == .selfOverloaded)
        #expect(verdict.values == #"{"asked":false,"detail":"budget of GW-1 used up (sessions)"}"#)
        _ = gate.leave(other, cause: nil, measure: nil)
        #expect(prober.load.sessions == 0 && prober.load.budgets.isEmpty)
    }

    @Test("a real stream is measured when its window is due, and what is below a threshold is abnormal")
    func window() async throws {
        let camera = try RealCamera()
        let device = self.device(1, "rtsp://127.0.0.1:\(camera.port)/camera")
        let clock = Shared(Timestamp(milliseconds: 0))
        var settings = CourtesySettings()
        settings.thresholds.leastKilobitsPerSecond = 1_000_000
        let time: StreamGate.Time = { clock.value }
        let prober = StreamProber(
            book: TargetBook([device.id: device]),
            lane: Self.lane,
            gate: StreamGate(settings: settings, time: time)
        )
        let order = ProbeOrder(device: device.id, check: .stream, deadline: .seconds(20))
        let quick = await prober.probe(order)
        #expect(quick.outcome == .up && quick.values?.contains("bitrate_kbps") == false, "\(quick)")
        clock.change { $0 = $0 + 1_800_001 }
        let measured = await prober.probe(order)
        #expect(measured.outcome == .abnormal && measured.cause == .bitrateLow, "\(measured)")
        for name in ["bitrate_kbps", "packets_expected", "packets_lost", "timestamp_jumps", "jitter_ms"] {
            #expect(measured.values?.contains("\"\(name)\":") == true, "\(name)")
        }
        #expect(prober.load.counts.windows == 1)
        let short = ProbeOrder(device: device.id, check: .stream, deadline: .milliseconds(4_999))
        clock.change { $0 = $0 + 30_000 }
        let seen = await prober.probe(short)
        #expect(seen.outcome == .abnormal, "no time for a window: seen, and what it was when it was measured")
        #expect(seen.values?.contains("\"fault_measured_ms_ago\":30000") == true, "\(seen)")
        clock.change { $0 = $0 + 1_770_000 }
        #expect(await prober.probe(short).outcome == .up)
    }
}
