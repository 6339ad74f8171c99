/// What is remembered of one track (所见): the last look at it, the last that could tell, and since when the last ones
/// agree.
public struct TrackSight: Hashable, Sendable {
    /// Whether media arrives, by one look.
    public enum Stand: Hashable, Sendable {
        /// It does.
        case plays
        /// It does not.
        case fails
        /// The look does not say: it could not tell, or was kept away before any media came.
        case open
    }

    /// What is remembered of an observation; small, because there is one of every track of an estate.
    public struct Look: Hashable, Sendable {
        /// When the probe set out.
        public let at: Timestamp
        /// What it said.
        public let outcome: Outcome
        /// Why; `nil` when all is well, or when it was not said.
        public let cause: Cause?
        private let took: Int32

        /// How long it took, in milliseconds; 0 or more, `nil` when not measured.
        public var tookMilliseconds: Int64? { self.took < 0 ? nil : Int64(self.took) }

        /// Whether media arrived.
        public var stand: Stand {
            switch self.outcome {
            case .up: .plays
            case .abnormal: self.cause?.mediaEvidence == .measured ? .plays : .open
            case .down: .fails
            case .unknown: .open
            }
        }

        init(_ observation: Observation) {
            (self.at, self.outcome, self.cause) = (observation.at, observation.outcome, observation.cause)
            self.took = observation.tookMilliseconds.map { Int32(clamping: $0) } ?? -1
        }
    }

    /// The last look, whatever it said.
    public private(set) var latest: Look
    /// The last look that could tell; `nil` when none could.
    public private(set) var telling: Look?
    /// When enough looks in a row had said what `telling` says: as many misses as confirm an outage, as many hits as
    /// end one. `nil` before.
    public private(set) var confirmedAt: Timestamp?
    /// Looks in a row that say what `telling` says; counted no further than is ever asked for.
    private var row: UInt16 = 0

    /// Begins with one look. The rule says how many confirm, and how far apart they may be.
    public init(_ observation: Observation, rule: ChainRule) {
        self.latest = Look(observation)
        self.tell(self.latest, rule)
    }

    /// Takes in another look. One that is older than what is known changes nothing; of two at one instant the worse
    /// one counts.
    public mutating func receive(_ observation: Observation, rule: ChainRule) {
        let look = Look(observation)
        if look.at >= self.latest.at { self.latest = look }
        self.tell(look, rule)
    }

    private mutating func tell(_ look: Look, _ rule: ChainRule) {
        guard look.outcome != .unknown else { return }
        if let last = self.telling {
            if look.at < last.at { return }
            let isSameInstant = look.at == last.at
            if isSameInstant, look.outcome.precedence <= last.outcome.precedence { return }
            let isLinked = look.at <= last.at + rule.validForMilliseconds
            if look.stand != last.stand || !isLinked {
                (self.row, self.confirmedAt) = (0, nil)
            } else if isSameInstant {
                self.telling = look
                return
            }
        }
        self.telling = look
        self.row = min(self.row + 1, UInt16.max - 1)
        let needed = look.stand == .fails ? rule.missesToConfirm : rule.hitsToRecover
        if Int(self.row) >= needed, self.confirmedAt == nil { self.confirmedAt = look.at }
    }

    /// What is known of each track from observations of any order.
    public static func sights(
        of observations: some Sequence<Observation>,
        rule: (Check) -> ChainRule
    ) -> [TrackKey: TrackSight] {
        var sights: [TrackKey: TrackSight] = [:]
        for seen in observations.sorted(by: { $0.at < $1.at }) {
            let key = TrackKey(device: seen.device, check: seen.check, hop: seen.hop)
            let rule = rule(seen.check)
            if sights[key]?.receive(seen, rule: rule) == nil { sights[key] = TrackSight(seen, rule: rule) }
        }
        return sights
    }
}
