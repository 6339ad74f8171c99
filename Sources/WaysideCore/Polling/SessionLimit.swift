/// How many sessions a server gives us at once, learned from its refusals (会话上限).
///
/// Nobody tells how many viewers a camera or recorder serves. When it says *busy* while n sessions of ours are there,
/// n − 1 is what we may have; the least is one, or we should never learn better. What was learned is forgotten step by
/// step, because the viewers who took the rest leave again.
public struct SessionLimit: Hashable, Sendable {
    /// The most at once; at least 1, `nil` while nothing was learned.
    public private(set) var most: Int?
    private var since: Timestamp = .distantPast

    /// A limit that is raised past this is forgotten.
    private static let forgottenAbove = 64

    /// Nothing learned.
    public init() {}

    /// Whether one more may be begun beside those.
    public func allowsOneMore(beside sessions: Int) -> Bool { self.most.map { sessions < $0 } ?? true }

    /// The server refused a session for want of room.
    ///
    /// - Parameters:
    ///   - sessions: Ours that were there when it set out, itself included; at least 1.
    ///   - now: From then on the limit rests.
    public mutating func learn(refusedAmong sessions: Int, now: Timestamp) {
        self.most = max(1, min(self.most ?? .max, sessions - 1))
        self.since = now
    }

    /// Lets time pass: one more for each whole interval without a refusal.
    public mutating func rest(now: Timestamp, everyMilliseconds interval: Int64) {
        guard let most = self.most else { return }
        let steps = max(0, (now - self.since) / interval)
        guard steps > 0 else { return }
        let raised = most + Int(min(steps, Int64(Self.forgottenAbove)))
        self.most = raised > Self.forgottenAbove ? nil : raised
        self.since = self.since + steps * interval
    }
}
