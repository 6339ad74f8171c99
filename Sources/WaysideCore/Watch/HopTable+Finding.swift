// What it means that places differ, and when it means anything.
extension HopTable {
    /// What it means that places differ (环节矛盾).
    public enum Finding: String, Hashable, Sendable, CaseIterable {
        /// The camera plays, and the platform's copy stands still.
        case cloudStale = "cloud_stale"
        /// The camera plays, and the platform has no copy: nobody pushes it.
        case notPushed = "not_pushed"
        /// The camera plays, and the platform itself cannot be reached or does not answer rightly.
        case platformAway = "platform_away"
        /// The camera is dark, and its copy plays on: a recording, another source under its name, or it is dark to us
        /// only.
        case cloudPlaysOn = "cloud_plays_on"
        /// The camera's copy plays, and where we ask the camera itself is wrong: its name, port, path or TLS.
        case directMisaddressed = "direct_misaddressed"
        /// The camera plays, and a recorder or gateway between it and the platform does not.
        case lostOnTheWay = "lost_on_the_way"
    }

    /// What the rows mean together. `isCopyFrozen` says that the platform's picture stands still and the camera's own
    /// does not, `frozenSince` when that was confirmed.
    static func findings(_ rows: [Row], isCopyFrozen: Bool, frozenSince: Timestamp?) -> [Finding] {
        func row(_ hop: Hop) -> Row? { rows.first { $0.hop == hop } }
        guard let camera = row(.direct), let platform = row(.platform) else { return [] }
        var findings: [Finding] = []
        let between = [row(.recorder), row(.gateway)].compactMap { $0 }
        if camera.plays, between.contains(where: { $0.fails && Self.contradict(camera, $0) }) {
            findings.append(.lostOnTheWay)
        }
        if camera.plays, platform.fails, Self.contradict(camera, platform) {
            findings.append(Self.meaning(ofFailingCopy: platform.cause))
        }
        if camera.plays, platform.plays, let frozenSince, let seen = camera.telling, seen.at >= frozenSince {
            findings.append(.cloudStale)
        }
        if camera.fails, platform.plays, !isCopyFrozen, Self.contradict(camera, platform) {
            findings.append(Self.meaning(ofFailingCamera: camera.cause))
        }
        return findings
    }

    /// Whether both verdicts are confirmed, and each place was looked at since the other's was. A camera that has just
    /// died or come back is not yet seen everywhere: that its looks differ is their age, and no disagreement.
    private static func contradict(_ one: Row, _ other: Row) -> Bool {
        guard let (first, second) = Self.both(one.confirmedAt, other.confirmedAt),
            let (look, another) = Self.both(one.telling, other.telling)
        else { return false }
        return min(look.at, another.at) >= max(first, second)
    }

    private static func both<Value>(_ one: Value?, _ other: Value?) -> (Value, Value)? {
        guard let one, let other else { return nil }
        return (one, other)
    }

    private static func meaning(ofFailingCopy cause: Cause?) -> Finding {
        switch cause?.mediaEvidence {
        case .stalled: .cloudStale
        case .missing, .unnamed: .notPushed
        case .misdirected, .silent, .barred, .measured, .nothing, nil: .platformAway
        }
    }

    private static func meaning(ofFailingCamera cause: Cause?) -> Finding {
        switch cause?.mediaEvidence {
        case .unnamed, .misdirected: .directMisaddressed
        case .stalled, .missing, .silent, .barred, .measured, .nothing, nil: .cloudPlaysOn
        }
    }
}
