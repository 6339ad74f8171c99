import Testing
import WaysideCore

@Suite struct ClockKeeperTests {
    private static let hour: Int64 = 3_600_000
    private static let start = Timestamp(milliseconds: 1_700_000_000_000)

    /// A machine whose wall clock somebody sets.
    private struct Machine {
        var keeper: ClockKeeper
        var elapsed: Int64 = 0
        var offset: Int64 = 0
        var isSynchronised = false
        var dates: [Timestamp] = [ClockKeeperTests.start]
        var steps: [Int64] = []

        init(dated: Timestamp? = nil) {
            self.keeper = ClockKeeper(
                ClockKeeper.Reading(
                    wall: ClockKeeperTests.start,
                    elapsedMilliseconds: 0,
                    isSynchronised: false
                ),
                dated: dated
            )
        }

        var wall: Timestamp { ClockKeeperTests.start + self.elapsed + self.offset }
        var date: Timestamp { self.keeper.date(elapsedMilliseconds: self.elapsed) }
        var isDoubtful: Bool { self.keeper.isDoubtful(elapsedMilliseconds: self.elapsed) }

        /// Lives on, reading the clocks every second; no date may ever be earlier than one before.
        mutating func live(_ milliseconds: Int64) {
            let end = self.elapsed + milliseconds
            while self.elapsed < end {
                self.elapsed = min(end, self.elapsed + 1_000)
                let step = self.keeper.read(
                    ClockKeeper.Reading(
                        wall: self.wall,
                        elapsedMilliseconds: self.elapsed,
                        isSynchronised: self.isSynchronised
                    )
                )
                if let step { self.steps.append(step.byMilliseconds) }
                #expect(self.date >= self.dates.last ?? .distantPast)
                self.dates.append(self.date)
            }
        }
    }

    @Test(
        "back one hour and forward one hour, unsynchronised: recorded, and dates go on as if nothing had happened"
    )
    func held() {
        var machine = Machine()
        machine.live(10_000)
        machine.offset = -Self.hour
        machine.live(60_000)
        #expect(machine.date == Self.start + 70_000)
        #expect(!machine.isDoubtful)
        machine.offset = 0
        machine.live(60_000)
        machine.offset = Self.hour
        machine.live(60_000)
        #expect(machine.steps == [-Self.hour, Self.hour, Self.hour])
        #expect(machine.date == Self.start + 190_000)
        #expect(machine.keeper.heldMilliseconds == Self.hour)
    }

    @Test("a forward step is adopted once the clock is synchronised")
    func forward() {
        var machine = Machine()
        machine.live(10_000)
        machine.offset = Self.hour
        machine.live(10_000)
        #expect(machine.date == Self.start + 20_000)
        machine.isSynchronised = true
        machine.live(1_000)
        #expect(machine.date == machine.wall)
        #expect(machine.steps == [Self.hour])
        #expect(!machine.isDoubtful && machine.keeper.heldMilliseconds == 0)
    }

    @Test("after a backward step that is adopted dates stand still until true time has caught up")
    func backward() {
        var machine = Machine()
        machine.isSynchronised = true
        machine.live(10_000)
        machine.offset = -Self.hour
        machine.live(1_000)
        let last = machine.date
        #expect(last == Self.start + 11_000)
        #expect(machine.isDoubtful)
        machine.live(Self.hour - 1_000)
        #expect(machine.isDoubtful && machine.date == last)
        machine.live(2_000)
        #expect(!machine.isDoubtful)
        #expect(machine.date == machine.wall)
        #expect(machine.steps == [-Self.hour])
    }

    @Test(
        "nothing is dated before the journal's last batch, even when the clock was set back between two runs"
    )
    func restart() {
        var machine = Machine(dated: Self.start + 30_000)
        #expect(machine.isDoubtful && machine.date == Self.start + 30_000)
        machine.live(31_000)
        #expect(!machine.isDoubtful && machine.date == Self.start + 31_000)
    }

    @Test("a difference below the threshold is no step, but such differences add up")
    func small() {
        var machine = Machine()
        machine.offset = 1_500
        machine.live(5_000)
        #expect(machine.steps.isEmpty)
        machine.offset = 3_000
        machine.live(5_000)
        #expect(machine.steps == [3_000])
    }
}
