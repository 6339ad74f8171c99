/// How many sessions a server gives us at once, learned from its refusals (会话上限).
///
/// Nobody tells how many viewers a camera or recorder serves. When it says *busy* to two channels of ours, and has not
/// served as many sessions at once between them, it bears one less than were there; the least is one, or we should never
/// learn better. One channel alone proves nothing, because a dead one says *busy* for ever; and where no other session
/// of ours was there, it was somebody else's that was one too many. What was learned is forgotten step by step, because
/// the viewers who took the rest leave again.
public struct SessionLimit: Hashable, Sendable {
    /// The most at once; at least 1, `nil` while nothing was learned.
    public private(set) var most: Int?
    private var since: Timestamp = .distantPast
    private var refusal: Refusal?

    private struct Refusal: Hashable {
        var track: TrackKey
        /// Ours that were there, itself included.
        var sessions: Int
        var at: Timestamp
    }

    /// A limit that is raised past this is forgotten.
    private static let forgottenAbove = 64

    /// Nothing learned.
    public init() {}

    /// Whether one more may be begun beside those.
    public func allowsOneMore(beside sessions: Int) -> Bool { self.most.map { sessions < $0 } ?? true }

    /// The server refused that track a session for want of room.
    ///
    /// - Parameters:
    ///   - track: Whom.
    ///   - sessions: Ours that were there when it set out, itself included; at least 1.
    ///   - now: From then on the limit rests.
    public mutating func refused(_ track: TrackKey, among sessions: Int, now: Timestamp) {
        guard sessions > 1 else { return }
        let before = self.refusal
        self.refusal = Refusal(track: track, sessions: sessions, at: now)
        guard let before, before.track != track else { return }
        self.most = max(1, min(self.most ?? .max, min(before.sessions, sessions) - 1))
        self.since = now
    }

    /// The server served a session while so many of ours were there, itself included: whoever was refused among no more
    /// of them was refused for another reason.
    public mutating func served(among sessions: Int) {
        if let refusal = self.refusal, sessions >= refusal.sessions { self.refusal = nil }
    }

    /// Lets time pass: one more for each whole interval without a refusal.
    public mutating func rest(now: Timestamp, everyMilliseconds interval: Int64) {
        if let refusal = self.refusal, now - refusal.at >= interval { self.refusal = nil }
        guard let most = self.most else { return }
        let steps = max(0, (now - self.since) / interval)
        guard steps > 0 else { return }
        let raised = most + Int(min(steps, Int64(Self.forgottenAbove)))
        self.most = raised > Self.forgottenAbove ? nil : raised
        self.since = self.since + steps * interval
    }
}
