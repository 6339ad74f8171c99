import TestSupport
import Testing
import WaysideCore

/// Frames are a minute apart; an observation speaks for two minutes and five seconds unless said otherwise.
@Suite struct CheckWatchTests {
    static let rule = ChainRule(missesToConfirm: 3, hitsToRecover: 1, validForMilliseconds: 125_000)

    /// The changes as `minute:status`, with seconds where an end of validity is not on a frame.
    static func changes(_ symbols: String, rule: ChainRule = Self.rule, every: Int64 = 60_000) -> [String] {
        let track = CheckTrack(
            check: .reach,
            hop: .direct,
            rule: rule,
            observations: Strip(symbols, every: every).observations,
            horizon: .distantFuture
        )
        return track.changes.map { change in
            let (frame, rest) = change.at.milliseconds.quotientAndRemainder(dividingBy: every)
            return rest == 0 ? "\(frame) \(change.status.name)" : "\(frame)+\(rest) \(change.status.name)"
        }
    }

    @Test(
        "a strip gives these changes",
        arguments: [
            // Rule 2: nothing before the first frame, nothing after validity; equality is no gap.
            ("uuu", ["0 online", "4+5000 unknown"]),
            ("", []),
            ("???", []),
            ("uu...u", ["0 online", "3+5000 unknown", "5 online", "7+5000 unknown"]),
            // Rule 2: everything is forgotten between chains: two misses before the gap and two after confirm nothing.
            ("udd...ddu", ["0 online", "4+5000 unknown", "8 online", "10+5000 unknown"]),
            // Rule 3: what is not informative neither breaks nor counts.
            ("ud?d?du", ["0 online", "1 offline", "6 online", "8+5000 unknown"]),
            ("udd?u", ["0 online", "6+5000 unknown"]),
            // Rule 4: dated back to the first miss; fewer than three are a false alarm.
            ("uddduu", ["0 online", "1 offline", "4 online", "7+5000 unknown"]),
            ("uddudddd", ["0 online", "4 offline", "9+5000 unknown"]),
            ("addu", ["0 abnormal", "3 online", "5+5000 unknown"]),
            // Rule 4: a run cut by the chain's end is not confirmed; a chain that begins with misses starts unknown.
            ("udd", ["0 online", "4+5000 unknown"]),
            ("ddu", ["2 online", "4+5000 unknown"]),
            ("dddu", ["0 offline", "3 online", "5+5000 unknown"]),
            // Rule 5: each hit takes effect at its own instant.
            ("uaua", ["0 online", "1 abnormal", "2 online", "3 abnormal", "5+5000 unknown"]),
            ("dddau", ["0 offline", "3 abnormal", "4 online", "6+5000 unknown"]),
        ] as [(String, [String])]
    )
    func strips(symbols: String, expected: [String]) { #expect(Self.changes(symbols) == expected) }

    @Test(
        "two hits end an outage, from the first of them; one hit does not, and the next miss needs no confirmation",
        arguments: [
            ("ddduu", ["0 offline", "3 online", "6+5000 unknown"]),
            ("dddududuu", ["0 offline", "7 online", "10+5000 unknown"]),
            ("ddduau", ["0 offline", "3 online", "4 abnormal", "5 online", "7+5000 unknown"]),
            ("dddud", ["0 offline", "6+5000 unknown"]),
            ("dddu", ["0 offline", "5+5000 unknown"]),
            ("uaddda", ["0 online", "1 abnormal", "2 offline", "7+5000 unknown"]),
        ] as [(String, [String])]
    )
    func recovery(symbols: String, expected: [String]) {
        let rule = ChainRule(missesToConfirm: 3, hitsToRecover: 2, validForMilliseconds: 125_000)
        #expect(Self.changes(symbols, rule: rule) == expected)
    }

    @Test("a gap that equals the validity is none; a millisecond more is one")
    func equality() {
        let equal = ChainRule(missesToConfirm: 2, hitsToRecover: 1, validForMilliseconds: 60_000)
        let short = ChainRule(missesToConfirm: 2, hitsToRecover: 1, validForMilliseconds: 59_999)
        #expect(Self.changes("udd", rule: equal) == ["0 online", "1 offline", "3 unknown"])
        #expect(Self.changes("udd", rule: short) == ["0 online", "0+59999 unknown"])
    }

    @Test("an outage knows the observation before it and its last miss")
    func evidence() throws {
        let track = CheckTrack(
            check: .reach,
            hop: .direct,
            rule: Self.rule,
            observations: Strip("udddduu").observations,
            horizon: .distantFuture
        )
        let outage = try #require(track.changes.first { $0.status == .offline })
        #expect(outage.precedingAt == Timestamp(milliseconds: 0))
        let recovery = try #require(track.changes.first { $0.at > outage.at })
        #expect(recovery.lastMissAt == Timestamp(milliseconds: 240_000))
        #expect(recovery.precedingAt == Timestamp(milliseconds: 240_000))
    }

    @Test("what comes late is said to be late, and changes nothing")
    func late() {
        var watch = CheckWatch(rule: Self.rule)
        var changes: [StatusChange] = []
        #expect(watch.receive(.up, at: Timestamp(milliseconds: 60_000), into: &changes) == .folded)
        let before = watch
        #expect(watch.receive(.down, at: Timestamp(milliseconds: 59_999), into: &changes) == .late)
        #expect(watch.receive(.down, at: Timestamp(milliseconds: 60_000), into: &changes) == .late)
        #expect(watch.receive(.up, at: Timestamp(milliseconds: 60_000), into: &changes) == .uninformative)
        #expect(watch == before)
        #expect(changes.count == 1)
    }

    @Test("an announced end of validity is withdrawn when an observation from before it arrives")
    func withdrawal() {
        var watch = CheckWatch(rule: Self.rule)
        var changes: [StatusChange] = []
        _ = watch.receive(.up, at: Timestamp(milliseconds: 0), into: &changes)
        watch.expire(asOf: Timestamp(milliseconds: 125_000), into: &changes)
        #expect(changes.count == 1, "at the very end it may still be continued")
        watch.expire(asOf: Timestamp(milliseconds: 125_001), into: &changes)
        #expect(
            changes.last
                == StatusChange(
                    at: Timestamp(milliseconds: 125_000),
                    status: .unknown,
                    precedingAt: Timestamp(milliseconds: 0)
                )
        )
        #expect(watch.current == .unknown)
        let reception = watch.receive(.up, at: Timestamp(milliseconds: 125_000), into: &changes)
        #expect(reception == .foldedWithdrawing(Timestamp(milliseconds: 125_000)))
        #expect(watch.current == .online)
        #expect(changes.count == 2)
    }

    @Test(
        "a watch put away in the middle of a film and taken out again goes on as if nothing had been",
        arguments: UInt64(0)..<200
    )
    func keeping(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let rule = ChainRule(missesToConfirm: 3, hitsToRecover: 2, validForMilliseconds: 125_000)
        let film = Strip(String((0..<120).map { _ in random.pick(Array("uuadddd?..")) })).observations
        var (whole, kept) = (CheckWatch(rule: rule), CheckWatch(rule: rule))
        var (wholeChanges, keptChanges): ([StatusChange], [StatusChange]) = ([], [])
        for frame in film {
            _ = whole.receive(frame.outcome, at: frame.at, into: &wholeChanges)
            _ = kept.receive(frame.outcome, at: frame.at, into: &keptChanges)
            var writer = ByteWriter()
            kept.encode(into: &writer)
            var reader = ByteReader(writer.bytes)
            kept = try #require(CheckWatch(rule: rule, from: &reader))
            #expect(reader.isAtEnd)
        }
        #expect(wholeChanges == keptChanges)
        #expect(whole == kept)
    }
}
