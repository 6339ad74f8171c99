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
        /// The latest look, whatever it said; `nil` when there is none.
        public let latest: TrackSight.Look?
        /// The latest look that could tell and still speaks; `nil` when there is none.
        public let telling: TrackSight.Look?
        /// When enough looks in a row had said what `telling` says; `nil` while they have not.
        public let confirmedAt: Timestamp?
        /// How old `telling` is, else `latest`, in milliseconds; `nil` without either.
        public let ageMilliseconds: Int64?
        /// Who serves it, where that is not whom the place is named after; `nil` where it is, or nobody knows.
        public let server: StreamServer?

        /// What it says now; `unknown` where nothing speaks.
        public var outcome: Outcome { self.telling?.outcome ?? .unknown }
        /// Why; of what could not be told its reason.
        public var cause: Cause? { self.telling.map(\.cause) ?? self.latest?.cause }
        /// Whether media arrives there: it was seen, not only promised.
        public var plays: Bool { self.telling?.stand == .plays }
        /// Whether media does not arrive there.
        public var fails: Bool { self.telling?.stand == .fails }
    }

    /// In the order of the chain, from the camera to the platform.
    public let rows: [Row]
    /// What differs.
    public let findings: [Finding]

    /// The table at an instant, from what is remembered.
    ///
    /// - Parameters:
    ///   - device: Whose.
    ///   - sights: Of this device's tracks; only streams and pictures are looked at.
    ///   - server: Who serves what is asked as its own stream, where it is not itself.
    ///   - now: What is remembered from later does not speak.
    ///   - validForMilliseconds: How long an answer to that check speaks.
    public init(
        _ device: Device,
        sights: [TrackKey: TrackSight],
        server: StreamServer? = nil,
        now: Timestamp,
        validForMilliseconds: (Check) -> Int64
    ) {
        func sight(_ check: Check, _ hop: Hop) -> TrackSight? {
            sights[TrackKey(device: device.id, check: check, hop: hop)]
        }
        func telling(_ sight: TrackSight?, _ check: Check) -> TrackSight.Look? {
            guard let look = sight?.telling, look.at <= now, now - look.at < validForMilliseconds(check)
            else {
                return nil
            }
            return look
        }
        func isFrozen(_ hop: Hop) -> Bool {
            telling(sight(.picture, hop), .picture)?.cause == .frozen
        }
        let asked = Set(device.hops(of: .stream))
        self.rows = Hop.allCases.map { hop in
            let sight = sight(.stream, hop)
            let told = telling(sight, .stream)
            return Row(
                hop: hop,
                isAsked: asked.contains(hop) || sight != nil,
                latest: sight?.latest,
                telling: told,
                confirmedAt: told.flatMap { _ in sight?.confirmedAt },
                ageMilliseconds: (told ?? sight?.latest).map { now - $0.at },
                server: hop == .direct ? server : nil
            )
        }
        let isCopyFrozen = isFrozen(.platform) && !isFrozen(.direct)
        self.findings = Self.findings(
            self.rows,
            isCopyFrozen: isCopyFrozen,
            frozenSince: isCopyFrozen ? sight(.picture, .platform)?.confirmedAt : nil
        )
    }

    /// The table at an instant, from observations.
    ///
    /// - Parameters:
    ///   - device: Whose.
    ///   - observations: Of this device, in any order, of any check; those of others are left out.
    ///   - server: Who serves what is asked as its own stream, where it is not itself.
    ///   - now: Later observations are left out.
    ///   - rule: What confirms a verdict of that check, and how long an answer speaks.
    public init(
        _ device: Device,
        observations: [Observation],
        server: StreamServer? = nil,
        now: Timestamp,
        rule: (Check) -> ChainRule
    ) {
        let mine = observations.filter { $0.device == device.id && $0.at <= now }
        self.init(
            device,
            sights: TrackSight.sights(of: mine, rule: rule),
            server: server,
            now: now,
            validForMilliseconds: { rule($0).validForMilliseconds }
        )
    }

    /// The place nearest to the camera at which media does not arrive; `nil` when it arrives wherever we can tell.
    public var firstFailing: Hop? { self.rows.first(where: \.fails)?.hop }

    /// Whether places differ, and it is too early to say what that means: a look is missing that confirms it, or one
    /// that is as young as the change.
    public var isUnsettled: Bool {
        self.findings.isEmpty && self.rows.contains(where: \.plays) && self.rows.contains(where: \.fails)
    }

    /// Whether every place that is asked has told, and is confirmed, and none waits for another: only then does it say
    /// something that there is no finding.
    public var isSettled: Bool {
        !self.isUnsettled
            && self.rows.allSatisfy { !$0.isAsked || $0.telling != nil && $0.confirmedAt != nil }
    }
}
