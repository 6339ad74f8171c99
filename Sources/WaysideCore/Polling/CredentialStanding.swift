/// What a server thinks of one credential of ours (口令信誉), and who may try it there.
///
/// Thirty channels with one wrong password must not lock us out, and one channel that is forbidden to us must not blind
/// the other twenty-nine. So a credential that was never accepted is closed to the others as soon as one channel was
/// refused, and one that was accepted once three different ones were with nobody served between them. When that time is
/// over one more channel tries, and another one than the last.
struct CredentialStanding: Hashable {
    /// Different channels in a row that were refused where the credential had been good before: it no longer is.
    private static let mostRefused = 3
    /// A locked account's pause is doubled up to this often.
    private static let mostDoublings = 2

    private var wasAccepted = false
    /// Refused with nobody served since; each once, the last one last.
    private var refused: [TrackKey] = []
    private var closedUntil: Timestamp = .distantPast
    private var pause: Int64 = 0
    private var locks = 0

    /// Whether it is refused to some channel now.
    var isRefused: Bool { !self.refused.isEmpty }

    /// In how many milliseconds that channel may try it; `nil` when it may now.
    func again(_ track: TrackKey, now: Timestamp) -> Int64? {
        // It was refused everywhere, or only it was refused so far, and then it keeps away by itself.
        let isEverywhere = self.refused.count > 1
        if !isEverywhere, self.refused.last == track { return nil }
        let until =
            isEverywhere && self.refused.last == track ? self.closedUntil + self.pause / 3 : self.closedUntil
        return until > now ? until - now : nil
    }

    /// It was refused to that channel.
    ///
    /// - Parameters:
    ///   - track: To whom.
    ///   - isLocked: Whether the server said that the account is locked; each time the pause is doubled.
    ///   - now: When.
    ///   - pause: For how long the others do not try, in milliseconds.
    mutating func refuse(_ track: TrackKey, isLocked: Bool, now: Timestamp, pause: Int64) {
        let isFirst = self.refused.isEmpty
        let isAgain = self.refused.last == track
        self.refused.removeAll { $0 == track }
        self.refused = self.refused.suffix(Self.mostRefused - 1) + [track]
        self.pause = pause
        if isLocked {
            self.closedUntil = max(self.closedUntil, now + pause << Int64(self.locks))
            self.locks = min(self.locks + 1, Self.mostDoublings)
            return
        }
        let isClosing =
            if self.wasAccepted {
                self.refused.count >= Self.mostRefused
            } else {
                isFirst || !isAgain || self.refused.count > 1
            }
        if isClosing { self.closedUntil = max(self.closedUntil, now + pause) }
    }

    /// It was accepted.
    mutating func accept() {
        self = CredentialStanding()
        self.wasAccepted = true
    }
}
