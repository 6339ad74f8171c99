/// The newest segment of a playlist, and since when it has been the newest.
public struct PlaylistMark: Sendable, Hashable {
    /// What the list was when the mark was made.
    enum Kind: Hashable {
        case live
        /// It was live before, and says that nothing will be added any more.
        case ended
        case recording
    }

    /// Its number, or the number that an empty playlist begins with.
    public let number: Int
    /// Its address as the playlist gives it, without the query: some servers put another session into it each time.
    public let address: String
    /// When it was first seen to be the newest.
    public let since: ContinuousClock.Instant
    let kind: Kind

    init(number: Int, address: String, since: ContinuousClock.Instant, kind: Kind = .live) {
        self.number = number
        self.address = String(address.prefix { $0 != "?" })
        self.since = since
        self.kind = kind
    }

    func isSame(as other: PlaylistMark) -> Bool {
        self.number == other.number && self.address == other.address
    }
}

/// Judges whether a live playlist moves: one that has got no new segment for three target durations is dead (RFC 8216,
/// 6.2.2: a server adds one within 1.5), and so is one that was live and says that it has ended. A machine: it is handed
/// playlists and moments.
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
        guard !list.hasEnd else {
            self.receive(ended: list, unchangedFor: age, at: now)
            return
        }
        let newest = Self.mark(list, .live, since: now)
        guard let mark = self.mark, mark.kind == .live, mark.isSame(as: newest) else {
            if self.mark != nil { self.state = .alive }
            self.mark = newest
            self.look(age)
            return
        }
        // What we saw ourselves comes first: a list that is made anew for each question is always young, and a dead one.
        guard now - mark.since <= self.span(3) else {
            self.state = .dead
            return
        }
        self.look(age)
        if self.state == .undecided, self.isSuspect, self.looked(at: now) > self.span(1.5) {
            self.state = .dead
        }
    }

    /// A muxer whose input is gone writes the same end as one that is done with a recording. It was live when an earlier
    /// look saw it without the end, or when it let go of segments, which a recording keeps, and is old.
    private mutating func receive(ended list: M3U8, unchangedFor age: Int64?, at now: Instant) {
        let wasLive = self.mark.map { $0.kind != .recording } ?? false
        guard wasLive || (list.hasSlid && (age ?? 0) > Int64(self.targetDuration) * 3) else {
            self.mark = Self.mark(list, list.hasSlid ? .live : .recording, since: now)
            self.state = .alive
            return
        }
        self.mark = Self.mark(list, .ended, since: now)
        self.state = .dead
    }

    private static func mark(_ list: M3U8, _ kind: PlaylistMark.Kind, since now: Instant) -> PlaylistMark {
        PlaylistMark(
            number: list.segments.last?.number ?? 0,
            address: list.segments.last?.piece.address ?? "",
            since: now,
            kind: kind
        )
    }

    /// The server's word that it has changed lately is believed; its word that it has not is a suspicion.
    private mutating func look(_ age: Int64?) {
        guard let age, age >= 0 else { return }
        if age <= Int64(self.targetDuration) * 3 / 2 { self.state = .alive }
        self.isSuspect = age > Int64(self.targetDuration) * 3
    }

    private func looked(at now: Instant) -> Duration { now - (self.firstLookAt ?? now) }

    private func span(_ durations: Double) -> Duration { .seconds(Double(self.targetDuration) * durations) }

    /// How long to wait before the next look at a list that has not changed: half a duration (RFC 8216, 6.3.4).
    var pause: Duration { max(self.span(0.5), .milliseconds(500)) }

    /// How long to wait before the next look at one that has: a whole duration.
    var pauseAfterChange: Duration { max(self.span(1), .milliseconds(500)) }

    /// When a list that gets no new segment from now on is dead.
    var diesAt: Instant? { self.mark.map { $0.since + self.span(3) + Self.slack } }

    /// Up to when another look may decide; nil when nothing is open.
    var decidesBy: Instant? {
        guard self.state == .undecided, let first = self.firstLookAt else { return nil }
        return self.isSuspect ? first + self.span(1.5) + Self.slack : self.diesAt
    }

    private static let slack = Duration.milliseconds(100)
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

    /// For how long a resource has not changed by the server's own clock. A cache sends the date of the answer that it
    /// keeps, and for how long it has kept it (RFC 9111, 5.1).
    static func age(of answer: ServerAnswer) -> Int64? {
        guard let changed = answer.first("last-modified").flatMap(self.seconds),
            let now = answer.first("date").flatMap(self.seconds)
        else { return nil }
        let kept = answer.first("age").flatMap { Int64($0) } ?? 0
        return now - changed + min(max(kept, 0), 1 << 31)
    }
}
