import Testing
import WaysideCore

@Suite struct SelfDoubtTests {
    /// A road of devices that hang on roots, asked in turn.
    private struct Road {
        var doubt: SelfDoubt
        var now = Timestamp(milliseconds: 1_000_000)
        var written: [Observation] = []

        init(_ change: (inout SelfDoubt.Settings) -> Void = { _ in }) {
            var settings = SelfDoubt.Settings()
            change(&settings)
            self.doubt = SelfDoubt(settings: settings)
        }

        mutating func say(_ outcome: Outcome, _ device: Int64, root: Int64, cause: Cause? = nil) {
            let observation = Observation(
                device: DeviceID(device),
                check: .reach,
                at: self.now,
                outcome: outcome,
                cause: cause ?? (outcome == .down ? .timeout : nil),
                values: "{\"method\":\"icmp\"}"
            )
            self.doubt.receive(observation, root: .device(DeviceID(root)), now: self.now, into: &self.written)
        }

        mutating func wait(_ milliseconds: Int64) {
            self.now = self.now + milliseconds
            self.doubt.release(now: self.now, into: &self.written)
        }

        mutating func taken() -> [Observation] {
            defer { self.written = [] }
            return self.written
        }
    }

    private func road(_ count: Int64 = 20, root: (Int64) -> Int64 = { $0 }) -> Road {
        var road = Road()
        for device in 1...count { road.say(.up, device, root: root(device)) }
        _ = road.taken()
        return road
    }

    @Test("when most unrelated devices fail at once, the misses are ours and keep what the probe said")
    func everybody() throws {
        var road = self.road()
        road.wait(35_000)
        for device in 1...20 as ClosedRange<Int64> {
            road.say(.down, device, root: device)
            road.wait(100)
        }
        let written = road.taken()
        #expect(written.count == 20)
        #expect(written.allSatisfy { $0.outcome == .unknown && $0.cause == .selfNetwork })
        let values = try #require(written.first?.values)
        #expect(values == #"{"original":"down","original_cause":"timeout","method":"icmp"}"#)
        #expect(road.doubt.ground == .manyFailed)
    }

    @Test("one device that dies is held for a moment and written as it is")
    func one() {
        var road = self.road()
        road.say(.down, 7, root: 7)
        #expect(road.taken().isEmpty && road.doubt.heldCount == 1)
        road.wait(1_999)
        #expect(road.taken().isEmpty)
        road.wait(1)
        #expect(road.taken().map(\.outcome) == [.down])
    }

    @Test("however many fail under one root, it is that root and not us")
    func oneRoot() {
        var road = self.road { $0 <= 15 ? 100 : $0 }
        for device in 1...15 as ClosedRange<Int64> { road.say(.down, device, root: 100) }
        road.wait(2_000)
        #expect(road.taken().allSatisfy { $0.outcome == .down && $0.cause == .timeout })
    }

    @Test("a platform that falls is no fault of ours, though its cameras hang on nothing in common")
    func platformFalls() throws {
        let (now, host) = (Timestamp(milliseconds: 1_000_000), ServerName(address: "cloud.example"))
        func ground(_ root: (Int64) -> SelfDoubt.Root) -> SelfDoubt.Ground? {
            var (doubt, written) = (SelfDoubt(), [Observation]())
            for (outcome, later) in [(Outcome.up, Int64(0)), (.down, 10_000)] {
                for device in 1...20 as ClosedRange<Int64> {
                    let seen = Observation(
                        device: DeviceID(device),
                        check: .stream,
                        hop: .platform,
                        at: now + later,
                        outcome: outcome,
                        cause: outcome == .down ? .timeout : nil
                    )
                    doubt.receive(seen, root: root(device), now: now + later, into: &written)
                }
            }
            return doubt.ground
        }
        #expect(ground { _ in .server(host) } == nil)
        #expect(ground { .device(DeviceID($0)) } == .manyFailed)
    }

    @Test("exactly half is not more than half")
    func half() {
        var road = self.road()
        for device in 1...10 as ClosedRange<Int64> { road.say(.down, device, root: device) }
        #expect(road.doubt.ground == nil)
        road.say(.down, 11, root: 11)
        #expect(road.doubt.ground == .manyFailed)
    }

    @Test("devices that were dead before say nothing about us")
    func deadBefore() {
        var road = Road()
        for device in 1...20 as ClosedRange<Int64> { road.say(.down, device, root: device) }
        #expect(road.taken().map(\.outcome) == Array(repeating: .down, count: 20))
        #expect(road.doubt.ground == nil)
    }

    @Test("while we doubt devices stay well, and when they answer again the doubt is over")
    func over() {
        var road = self.road()
        road.wait(35_000)
        for _ in 0..<2 {
            for device in 1...20 as ClosedRange<Int64> { road.say(.down, device, root: device) }
            road.wait(20_000)
        }
        #expect(road.doubt.ground == .manyFailed)
        for device in 1...20 as ClosedRange<Int64> { road.say(.up, device, root: device) }
        #expect(road.doubt.ground == nil)
        let written = road.taken()
        #expect(!written.contains { $0.outcome == .down })
        #expect(written.suffix(20).allSatisfy { $0.outcome == .up })
    }

    @Test("silent control targets make every miss ours at once; hits stay hits")
    func controls() {
        var road = self.road()
        road.say(.down, 1, root: 1)
        road.doubt.controls(answered: false)
        road.wait(0)
        road.say(.up, 2, root: 2)
        road.say(.down, 3, root: 3)
        #expect(road.taken().map(\.outcome) == [.unknown, .up, .unknown])
        road.doubt.controls(answered: nil)
        road.say(.down, 1, root: 1)
        road.wait(2_000)
        #expect(road.taken().map(\.outcome) == [.down])
    }

    @Test("a track's observations are written in their order, and no more are held than may be")
    func order() {
        var road = self.road()
        road.say(.down, 1, root: 1)
        road.wait(500)
        road.say(.up, 1, root: 1)
        #expect(road.taken().map(\.outcome) == [.down, .up])
        var tight = Road { $0.heldLimit = 2 }
        for device in 1...40 as ClosedRange<Int64> { tight.say(.up, device, root: device) }
        _ = tight.taken()
        for device in 1...4 as ClosedRange<Int64> { tight.say(.down, device, root: device) }
        #expect(tight.doubt.heldCount == 2)
        #expect(tight.taken().map(\.device.number) == [1, 2])
    }
}
