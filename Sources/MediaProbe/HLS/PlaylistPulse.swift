/// The newest segment of a live playlist, and since when it has been the newest.
public struct PlaylistMark: Sendable, Hashable {
    /// Its number, or the number that an empty playlist begins with.
    public let number: Int
    /// Its address as the playlist gives it.
    public let address: String
    /// When it was first seen to be the newest.
    public let since: ContinuousClock.Instant

    func isSame(as other: PlaylistMark) -> Bool {
        self.number == other.number && self.address == other.address
    }
}

/// Judges whether a live playlist moves: one that has got no new segment for three target durations is dead (RFC 8216,
/// 6.2.2: a server adds one within 1.5). A machine: it is handed playlists and moments.
struct PlaylistPulse {
    enum State: Equatable {
        /// It got a new segment, or it is a recording, which need not.
        case alive
        /// Nothing is known yet; look again.
        case undecided
        case dead
    }

    private(set) var mark: PlaylistMark?
    private(set) var state = State.undecided
    /// In seconds.
    private(set) var targetDuration = 1
    /// By the server's own clock it has not changed for three durations; what a second look then finds unchanged after
    /// another one and a half is dead.
    private(set) var isSuspect = false
    private var firstLookAt: Instant?

    /// Remembers what an earlier probe learned.
    init(known mark: PlaylistMark?) { self.mark = mark }

    /// Takes a look.
    ///
    /// - Parameters:
    ///   - list: A media playlist.
    ///   - age: For how long it has not changed by the server's clock, in seconds; nil when it does not say.
    ///   - now: When it came.
    mutating func receive(_ list: M3U8, unchangedFor age: Int64?, at now: Instant) {
        self.targetDuration = max(list.targetDuration, 1)
        self.firstLookAt = self.firstLookAt ?? now
        let newest = PlaylistMark(
            number: list.segments.last?.number ?? 0,
            address: list.segments.last?.piece.address ?? "",
            since: now
        )
        guard !list.hasEnd else {
            self.state = .alive
            return
        }
        guard let mark = self.mark, mark.isSame(as: newest) else {
            if self.mark != nil { self.state = .alive }
            self.mark = newest
            self.look(age)
            return
        }
        self.look(age)
        guard self.state == .undecided else { return }
        if now - mark.since > self.span(3) || (self.isSuspect && self.looked(at: now) > self.span(1.5)) {
            self.state = .dead
        }
    }

    /// The server's word that it has changed lately is believed; its word that it has not is a suspicion.
    private mutating func look(_ age: Int64?) {
        guard let age, age >= 0 else { return }
        if age <= Int64(self.targetDuration) * 3 / 2 { self.state = .alive }
        self.isSuspect = age > Int64(self.targetDuration) * 3
    }

    private func looked(at now: Instant) -> Duration { now - (self.firstLookAt ?? now) }

    private func span(_ durations: Double) -> Duration { .seconds(Double(self.targetDuration) * durations) }

    /// How long to wait before the next look: half a duration.
    var pause: Duration { max(self.span(0.5), .milliseconds(500)) }

    /// Up to when another look may decide; nil when nothing is open.
    var decidesBy: Instant? {
        guard self.state == .undecided, let mark = self.mark, let first = self.firstLookAt else { return nil }
        let slack = Duration.milliseconds(100)
        return self.isSuspect ? first + self.span(1.5) + slack : mark.since + self.span(3) + slack
    }
}

/// Dates of HTTP (RFC 9110, 5.6.7), in seconds since 1970.
enum HTTPDate {
    /// Nil for what is not in the preferred form, `Sun, 06 Nov 1994 08:49:37 GMT`.
    static func seconds(_ text: String) -> Int64? {
        let words = text.split(separator: " ")
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count == 6, words[5] == "GMT", let day = Int64(words[1]), (1...31).contains(day),
            let index = months.firstIndex(of: String(words[2])), let year = Int64(words[3]),
            (1970...9999).contains(year)
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, clock.allSatisfy({ (0...60).contains($0) }) else { return nil }
        // Years that begin in March have their leap day last.
        let month = Int64(index) + 1
        let shiftedYear = month <= 2 ? year - 1 : year
        let shiftedMonth = month <= 2 ? month + 9 : month - 3
        let days =
            shiftedYear * 365 + shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400
            + (153 * shiftedMonth + 2) / 5 + day - 1 - 719_468
        return days * 86_400 + clock[0] * 3_600 + clock[1] * 60 + clock[2]
    }

    /// For how long a resource has not changed by the server's own clock.
    static func age(of answer: ServerAnswer) -> Int64? {
        guard let changed = answer.first("last-modified").flatMap(self.seconds),
            let now = answer.first("date").flatMap(self.seconds)
        else { return nil }
        return now - changed
    }
}
