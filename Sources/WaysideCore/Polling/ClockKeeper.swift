/// Dates what is seen, whatever is done to the wall clock meanwhile (守时).
///
/// The wall clock is read once, as an anchor; from then on dates are the anchor and what the monotonic clock has
/// counted since. So no observation is lost, none is dated out of order, and nothing done to the wall clock moves
/// a date by itself. A wall clock that differs from our own reckoning by more than the threshold was *stepped*:
/// the step is answered once, for the journal, and then
///
/// - **unsynchronised: held.** As long as the kernel does not say that the clock is synchronised, nobody knows whether
///   it was right before or is right now, and we go on dating by the anchor.
/// - **forward, synchronised: adopted.** Dates leap forward with it; what nobody watched in between becomes unknown by
///   the validity of the last observations.
/// - **backward, synchronised: adopted**, but we have dated past the true time already. Dates stand still at the last
///   one given, and everything seen is `unknown` for `self_clock`, until true time has caught up. So nothing is ever
///   dated later than what was dated before the step, and no instant is covered twice.
///
/// A step that was held is looked at again at every reading: it is adopted once the clock is synchronised, and is gone
/// when the wall clock comes back by itself (another step). Differences below the threshold add up until they pass it.
public struct ClockKeeper: Hashable, Sendable {
    /// Both clocks at one moment.
    public struct Reading: Hashable, Sendable {
        /// The wall clock.
        public var wall: Timestamp
        /// What the monotonic clock has counted since any fixed moment, in milliseconds; never falls.
        public var elapsedMilliseconds: Int64
        /// Whether the kernel says that the wall clock is synchronised.
        public var isSynchronised: Bool

        /// A reading.
        public init(wall: Timestamp, elapsedMilliseconds: Int64, isSynchronised: Bool) {
            (self.wall, self.elapsedMilliseconds, self.isSynchronised) = (
                wall, elapsedMilliseconds, isSynchronised
            )
        }
    }

    /// A difference above this is a step, in milliseconds; more than 0.
    public let thresholdMilliseconds: Int64
    private var anchorWall: Timestamp
    private var anchorElapsed: Int64
    private var floor: Timestamp
    /// By how much the wall clock is ahead of our reckoning, as far as it was answered as a step.
    public private(set) var heldMilliseconds: Int64 = 0

    /// Starts by that reading.
    ///
    /// - Parameters:
    ///   - reading: The anchor.
    ///   - dated: The latest date that was ever given, such as of the journal's last batch; when the wall clock is
    ///     behind it, as after a step between two runs, dates stand still there until it has caught up.
    ///   - thresholdMilliseconds: Above this a difference is a step; more than 0.
    public init(_ reading: Reading, dated: Timestamp? = nil, thresholdMilliseconds: Int64 = 2_000) {
        precondition(thresholdMilliseconds > 0)
        self.thresholdMilliseconds = thresholdMilliseconds
        (self.anchorWall, self.anchorElapsed) = (reading.wall, reading.elapsedMilliseconds)
        self.floor = dated ?? .distantPast
    }

    /// The date of the moment at which the monotonic clock had counted that; never earlier than one given before.
    public func date(elapsedMilliseconds: Int64) -> Timestamp {
        max(self.reckoned(elapsedMilliseconds), self.floor)
    }

    /// Whether dates of that moment stand still, so that what is seen then says nothing.
    public func isDoubtful(elapsedMilliseconds: Int64) -> Bool {
        self.reckoned(elapsedMilliseconds) < self.floor
    }

    /// Compares the clocks; answers a step that was not answered before. Readings come in their order.
    public mutating func read(_ reading: Reading) -> ClockStep? {
        let elapsed = reading.elapsedMilliseconds
        let ahead = reading.wall - self.reckoned(elapsed)
        var step: ClockStep?
        if abs(ahead - self.heldMilliseconds) > self.thresholdMilliseconds {
            step = ClockStep(
                at: self.date(elapsedMilliseconds: elapsed),
                byMilliseconds: ahead - self.heldMilliseconds
            )
            self.heldMilliseconds = ahead
        }
        guard abs(ahead) > self.thresholdMilliseconds else {
            self.heldMilliseconds = 0
            return step
        }
        if reading.isSynchronised {
            self.floor = self.date(elapsedMilliseconds: elapsed)
            (self.anchorWall, self.anchorElapsed) = (reading.wall, elapsed)
            self.heldMilliseconds = 0
        }
        return step
    }

    private func reckoned(_ elapsedMilliseconds: Int64) -> Timestamp {
        self.anchorWall + (elapsedMilliseconds - self.anchorElapsed)
    }
}
