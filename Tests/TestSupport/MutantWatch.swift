public import WaysideCore

/// The machine with one small thing wrong (变异体). The oracle must tell each of them from the real one: a comparison
/// that cannot fail proves nothing.
public enum MutantWatch: String, CaseIterable, Sendable {
    /// Confirms an outage one miss late.
    case confirmsOneMissLate
    /// Confirms an outage one miss early.
    case confirmsOneMissEarly
    /// Takes a gap that equals the validity for a broken chain, and ends validity a millisecond early.
    case endsValidityOneMillisecondEarly
    /// Ends an outage one hit late.
    case recoversOneHitLate
    /// Dates an outage a millisecond after its first miss.
    case datesOneMillisecondLate

    /// The track this mutant makes of the film.
    public func track(
        check: Check,
        hop: Hop,
        rule: ChainRule,
        observations: [(at: Timestamp, outcome: Outcome)]
    ) -> CheckTrack {
        var (misses, hits, validity) = (rule.missesToConfirm, rule.hitsToRecover, rule.validForMilliseconds)
        switch self {
        case .confirmsOneMissLate: misses += 1
        case .confirmsOneMissEarly: misses = max(1, misses - 1)
        case .endsValidityOneMillisecondEarly: validity -= 1
        case .recoversOneHitLate: hits += 1
        case .datesOneMillisecondLate: break
        }
        let wrong = ChainRule(missesToConfirm: misses, hitsToRecover: hits, validForMilliseconds: validity)
        var track = CheckTrack(
            check: check,
            hop: hop,
            rule: wrong,
            observations: observations,
            horizon: .distantFuture
        )
        if self == .datesOneMillisecondLate {
            track.changes = track.changes.map { change in
                var change = change
                if change.status == .offline { change.at = change.at + 1 }
                return change
            }
        }
        return track
    }
}
