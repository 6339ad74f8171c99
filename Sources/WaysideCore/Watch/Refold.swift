/// Folds some tracks again from an older book (重算), because something came late or was voided.
///
/// The older book holds what followed from the batches up to its position; all later batches are read again, the
/// observations of the tracks in question sorted by instant, and folded whole. What comes out is the same as if
/// everything had come in order.
public struct Refold: Sendable {
    /// One track folded again.
    struct Result: Sendable {
        var track: WatchBook.Track
        var changes: [[StatusChange]]
        /// Ends of validity that the older book had announced and that were none.
        var withdrawals: [[Timestamp]]
        var lastLiveChangeAt: Timestamp?
    }

    private struct Frame: Sendable {
        let at: Timestamp
        let outcome: Outcome
        let cause: Cause?
    }

    /// The last batch the older book holds.
    public let after: JournalPosition?
    private let base: WatchBook
    private let late: [TrackKey: Timestamp]
    private let voids: [VoidRecord]
    /// The voids that the older book did not know of.
    private let newVoids: [VoidRecord]
    private var films: [TrackKey: [Frame]] = [:]

    /// Begins at the older book.
    ///
    /// - Parameters:
    ///   - base: The older book, or an empty one for "from the beginning".
    ///   - late: What is to be folded again, from which instant on.
    ///   - voids: Every void that is known now.
    public init(from base: WatchBook, late: [TrackKey: Timestamp], voids: [VoidRecord]) {
        (self.base, self.late, self.voids, self.after) = (base, late, voids, base.position)
        self.newVoids = voids.filter { !base.voids.contains($0) }
    }

    /// Takes in a batch from after the older book's position, in order.
    public mutating func receive(_ batch: JournalBatch) {
        for case .observation(let observation) in batch.entries where observation.outcome != .unknown {
            let key = TrackKey(device: observation.device, check: observation.check, hop: observation.hop)
            guard self.late[key] != nil else { continue }
            let isVoided = self.voids.contains {
                $0.covers(
                    device: key.device,
                    check: key.check,
                    at: observation.at,
                    collector: observation.collector
                )
            }
            guard !isVoided else { continue }
            self.films[key, default: []].append(
                Frame(at: observation.at, outcome: observation.outcome, cause: observation.cause)
            )
        }
    }

    /// The tracks folded again, as known at that instant; without those for which the older book is not old enough.
    func results(asOf now: Timestamp, like book: WatchBook) -> [TrackKey: Result] {
        var results: [TrackKey: Result] = [:]
        for (key, lateAt) in self.late {
            let film = (self.films[key] ?? []).sorted {
                ($0.at, $1.outcome.precedence) < ($1.at, $0.outcome.precedence)
            }
            var track = self.base.tracks[key] ?? book.newTrack(key)
            track.live = track.live ?? book.tracks[key]?.live.map { CheckWatch(rule: $0.rule) }
            let voided = self.newVoids.filter { $0.mayCover(key) }.map(\.span.start)
            let earliest = ([lateAt, film.first?.at ?? lateAt] + voided).min() ?? lateAt
            let last = (track.watches + [track.live]).compactMap { $0?.lastAt }.max()
            if let last, last >= earliest { continue }
            results[key] = Self.fold(film, into: track, asOf: now)
        }
        return results
    }

    /// What is to be folded again, from which instant on.
    var wanted: [TrackKey: Timestamp] { self.late }

    private static func fold(_ film: [Frame], into track: WatchBook.Track, asOf now: Timestamp) -> Result {
        var result = Result(track: track, changes: [], withdrawals: [], lastLiveChangeAt: nil)
        result.changes = track.watches.map { _ in [] }
        result.withdrawals = result.changes.map { _ in [] }
        for index in track.watches.indices {
            // What the older book announced may have been withdrawn since: it is said anew where it holds.
            if let end = result.track.watches[index]?.retractExpiry() {
                result.withdrawals[index].append(end)
            }
        }
        var liveChanges: [StatusChange] = []
        for frame in film {
            for index in track.watches.indices {
                let reception = result.track.watches[index]?.receive(
                    frame.outcome,
                    at: frame.at,
                    into: &result.changes[index]
                )
                guard case .foldedWithdrawing(let end) = reception else { continue }
                result.changes[index].removeAll { $0.at == end && $0.status == .unknown }
            }
            _ = result.track.live?.receive(frame.outcome, at: frame.at, into: &liveChanges)
            result.track.cause = frame.cause
        }
        for index in track.watches.indices {
            result.track.watches[index]?.expire(asOf: now, into: &result.changes[index])
        }
        result.track.live?.expire(asOf: now, into: &liveChanges)
        result.lastLiveChangeAt = liveChanges.last?.at
        return result
    }
}

extension WatchBook {
    /// Takes over what was folded again and writes it on the page, in place of what the page said of those tracks.
    ///
    /// Older books are tried from the newest back, so that a track is always folded from the newest book that will do:
    /// only then does what an earlier fold wrote still hold up to that book's position.
    /// - Returns: What remains to be folded, from a book that is older still.
    public mutating func adopt(_ refold: Refold, into page: inout LedgerPage) -> [TrackKey: Timestamp] {
        let results = refold.results(asOf: page.writtenAt, like: self)
        // What had ceased to speak before the page's batch came was known until now, whatever holds in its place.
        let writtenAt = page.writtenAt
        page.passing += page.changes.filter { change in
            results[change.key] != nil && change.knownAt.map { $0 < writtenAt } ?? false
        }
        page.changes.removeAll { results[$0.key] != nil }
        page.withdrawals.removeAll { results[$0.key] != nil }
        for key in results.keys.sorted() {
            guard let result = results[key] else { continue }
            self.tracks[key] = result.track
            self.tracks[key]?.foldedAt = page.writtenAt
            self.reschedule(key)
            for (index, profile) in self.profiles.enumerated() where result.track.watches[index] != nil {
                page.refolds.append(
                    TrackRefold(
                        profile: profile,
                        key: key,
                        after: refold.after,
                        changes: result.changes[index]
                    )
                )
                page.withdrawals += result.withdrawals[index].map {
                    TrackWithdrawal(profile: profile, key: key, at: $0)
                }
            }
            self.refresh(key.device, key.check.facet, since: result.lastLiveChangeAt, into: &page)
        }
        return refold.wanted.filter { results[$0.key] == nil }
    }
}
