/// What is known of one camera at every place where its stream is asked (环节对照): the verdicts side by side, the first
/// place of the chain that fails, and what it means that they differ.
///
/// A verdict speaks as long as its check's validity; what could not be told is shown and decides nothing. Every place
/// keeps its own verdict: none is made up for another.
public struct HopTable: Hashable, Sendable {
    /// One place.
    public struct Row: Hashable, Sendable {
        /// Where.
        public let hop: Hop
        /// Whether it is asked there; a place without an address of its own is not.
        public let isAsked: Bool
        /// The latest observation, whatever it said; `nil` when there is none.
        public let latest: Observation?
        /// The latest observation that could tell and still speaks; `nil` when there is none.
        public let telling: Observation?
        /// How old `telling` is, else `latest`, in milliseconds; `nil` without either.
        public let ageMilliseconds: Int64?

        /// What it says now; `unknown` where nothing speaks.
        public var outcome: Outcome { self.telling?.outcome ?? .unknown }
        /// Why; of what could not be told its reason.
        public var cause: Cause? { self.telling.map(\.cause) ?? self.latest?.cause }
        /// Whether media arrives there.
        public var plays: Bool { self.outcome.isHit && self.cause != .authFailed }
        /// Whether media does not arrive there.
        public var fails: Bool { self.outcome.isMiss }
    }

    /// What it means that places differ.
    public enum Finding: String, Hashable, Sendable, CaseIterable {
        /// The camera plays, and the platform's copy stands still.
        case cloudStale = "cloud_stale"
        /// The camera plays, and the platform has no copy: nobody pushes it.
        case notPushed = "not_pushed"
        /// The camera plays, and the platform itself cannot be reached or does not answer rightly.
        case platformAway = "platform_away"
        /// The camera is dark, and its copy plays on: a recording, or another source under its name.
        case cloudPlaysOn = "cloud_plays_on"
        /// The camera plays, and a recorder or gateway between it and the platform does not.
        case lostOnTheWay = "lost_on_the_way"
    }

    /// In the order of the chain, from the camera to the platform.
    public let rows: [Row]
    /// What differs.
    public let findings: [Finding]

    /// The table at an instant.
    ///
    /// - Parameters:
    ///   - device: Whose.
    ///   - observations: Of this device, in any order, of any check; only streams and pictures are looked at.
    ///   - now: Later observations are left out.
    ///   - validForMilliseconds: How long an answer to that check speaks.
    public init(
        _ device: Device,
        observations: [Observation],
        now: Timestamp,
        validForMilliseconds: (Check) -> Int64
    ) {
        let asked = Set(device.hops(of: .stream))
        let mine = observations.filter { $0.device == device.id && $0.at <= now }
        func latest(_ check: Check, _ hop: Hop, onlyTelling: Bool) -> Observation? {
            mine.filter { seen in
                guard seen.check == check, seen.hop == hop else { return false }
                return !onlyTelling
                    || seen.outcome != .unknown && now - seen.at < validForMilliseconds(check)
            }.max { ($0.at, $1.outcome.precedence) < ($1.at, $0.outcome.precedence) }
        }
        self.rows = Hop.allCases.map { hop in
            let (last, telling) = (
                latest(.stream, hop, onlyTelling: false), latest(.stream, hop, onlyTelling: true)
            )
            return Row(
                hop: hop,
                isAsked: asked.contains(hop) || last != nil,
                latest: last,
                telling: telling,
                ageMilliseconds: (telling ?? last).map { now - $0.at }
            )
        }
        let frozen = latest(.picture, .platform, onlyTelling: true)?.cause == .frozen
        let isOwnFrozen = latest(.picture, .direct, onlyTelling: true)?.cause == .frozen
        self.findings = Self.findings(self.rows, isCopyFrozen: frozen && !isOwnFrozen)
    }

    /// The place nearest to the camera at which media does not arrive; `nil` when it arrives wherever we can tell.
    public var firstFailing: Hop? { self.rows.first(where: \.fails)?.hop }

    private static func findings(_ rows: [Row], isCopyFrozen: Bool) -> [Finding] {
        func row(_ hop: Hop) -> Row? { rows.first { $0.hop == hop } }
        guard let camera = row(.direct), let platform = row(.platform) else { return [] }
        var findings: [Finding] = []
        if camera.plays {
            if [Hop.recorder, .gateway].contains(where: { row($0)?.fails == true }) {
                findings.append(.lostOnTheWay)
            }
            if platform.fails {
                findings.append(Self.meaning(of: platform.cause))
            } else if platform.plays, isCopyFrozen {
                findings.append(.cloudStale)
            }
        } else if camera.fails, platform.plays, !isCopyFrozen {
            findings.append(.cloudPlaysOn)
        }
        return findings
    }

    private static func meaning(of cause: Cause?) -> Finding {
        switch cause {
        case .stalePlaylist, .frozen: .cloudStale
        case .notFound, .noMedia, .noKeyframe: .notPushed
        default: .platformAway
        }
    }
}
