internal import WaysideCore

/// A ledger in memory (模拟台账) that holds each page to its promises while writing it, and can be asked what it held at
/// any instant.
struct SimulatedLedger: Sendable {
    private struct Row: Sendable {
        var change: StatusChange
        var position: JournalPosition
        var recordedAt: Timestamp
        var supersededAt: Timestamp?
    }

    private let profiles: [StatusProfile]
    private let flaw: SimulationSettings.Flaw?
    private var keys: [TrackKey] = []
    private var numbers: [TrackKey: Int] = [:]
    /// By track and profile, in the order in which they were written.
    private var rows: [[Row]] = []
    /// The live view, as its pages told it.
    private(set) var live: [DeviceID: [Facet: LiveStatus]] = [:]
    /// The last page's position; `nil` before the first.
    private(set) var position: JournalPosition?
    /// When the last page's batch was written.
    private(set) var writtenAt = Timestamp.distantPast
    /// How many changes were written.
    private(set) var changeCount = 0

    init(profiles: [StatusProfile], flaw: SimulationSettings.Flaw?) {
        (self.profiles, self.flaw) = (profiles, flaw)
    }

    // MARK: - Writing

    /// Writes the page, or says what of it cannot be.
    mutating func write(_ page: LedgerPage) throws(Disagreement) {
        if let position, page.position <= position {
            throw Disagreement("a page for batch \(page.position.index) after that for \(position.index)")
        }
        guard page.writtenAt >= self.writtenAt else {
            throw Disagreement("a page from before the page before it")
        }
        let touched = try self.writeRefoldsAndWithdrawals(of: page)
        try self.writeChanges(of: page)
        for change in page.passing where self.flaw != .ledgerForgetsPassingSilences {
            guard let knownAt = change.knownAt, knownAt < page.writtenAt else {
                throw Disagreement(device: change.key.device, "a silence passed that was never known")
            }
            var row = Self.row(change.change, page)
            (row.recordedAt, row.supersededAt) = (knownAt, page.writtenAt)
            self.rows[try self.place(change.profile, change.key)].append(row)
        }
        for place in touched { try self.expectOrder(at: place) }
        for status in page.live { self.live[status.device, default: [:]][status.facet] = status }
        (self.position, self.writtenAt) = (page.position, page.writtenAt)
    }

    private mutating func writeRefoldsAndWithdrawals(of page: LedgerPage) throws(Disagreement) -> Set<Int> {
        var touched: Set<Int> = []
        // What was written before this page; a withdrawal never means what its own page says anew.
        var new: [(place: Int, row: Row)] = []
        for refold in page.refolds {
            let place = try self.place(refold.profile, refold.key)
            touched.insert(place)
            if self.flaw != .ledgerForgetsRefolds {
                for index in self.rows[place].indices where self.rows[place][index].supersededAt == nil {
                    let holds = refold.after.map { self.rows[place][index].position <= $0 } ?? false
                    if !holds { self.supersede(place, index, page.writtenAt) }
                }
            }
            new += refold.changes.map { (place, Self.row($0, page)) }
        }
        let refolded = touched
        for withdrawal in page.withdrawals where self.flaw != .ledgerForgetsWithdrawals {
            let place = try self.place(withdrawal.profile, withdrawal.key)
            touched.insert(place)
            let found = self.rows[place].indices.filter {
                self.rows[place][$0].supersededAt == nil && self.rows[place][$0].change.at == withdrawal.at
            }
            guard found.count == 1 || refolded.contains(place) else {
                throw Disagreement(
                    device: withdrawal.key.device,
                    "\(found.count) changes stand at \(withdrawal.at), where the page withdraws one"
                )
            }
            for index in found { self.supersede(place, index, page.writtenAt) }
        }
        for (place, row) in new { self.rows[place].append(row) }
        self.changeCount += new.count
        return touched
    }

    private mutating func writeChanges(of page: LedgerPage) throws(Disagreement) {
        var last: [Int: Timestamp] = [:]
        for change in page.changes {
            let place = try self.place(change.profile, change.key)
            let before = last[place] ?? self.rows[place].last { $0.supersededAt == nil }?.change.at
            if let before, change.change.at <= before {
                throw Disagreement(
                    device: change.key.device,
                    "a change of \(change.key.check) to \(change.change.status.name) at \(change.change.at) does not "
                        + "rise above the one at \(before)"
                )
            }
            last[place] = change.change.at
            var row = Self.row(change.change, page)
            row.recordedAt = min(page.writtenAt, change.knownAt ?? page.writtenAt)
            let status = self.rows[place].last { $0.supersededAt == nil }?.change.status ?? .unknown
            guard row.change.status != status else {
                throw Disagreement(
                    device: change.key.device,
                    "a change of \(change.key.check) at \(change.change.at) to \(status.name), which it was already"
                )
            }
            self.rows[place].append(row)
            self.changeCount += 1
        }
    }

    /// After a fold made again the changes rise as they always do.
    private func expectOrder(at place: Int) throws(Disagreement) {
        let standing = self.rows[place].filter { $0.supersededAt == nil }.map(\.change)
        for (change, next) in zip(standing, standing.dropFirst())
        where change.at >= next.at || change.status == next.status {
            throw Disagreement(
                device: self.keys[place / self.profiles.count].device,
                "after a fold made again \(change.status.name) at \(change.at) is followed by \(next.status.name) at "
                    + "\(next.at)"
            )
        }
    }

    private static func row(_ change: StatusChange, _ page: LedgerPage) -> Row {
        Row(change: change, position: page.position, recordedAt: page.writtenAt)
    }

    private mutating func supersede(_ place: Int, _ index: Int, _ instant: Timestamp) {
        self.rows[place][index].supersededAt = max(instant, self.rows[place][index].recordedAt)
    }

    private mutating func place(_ profile: StatusProfile, _ key: TrackKey) throws(Disagreement) -> Int {
        guard let number = self.profiles.firstIndex(of: profile) else {
            throw Disagreement(device: key.device, "a page speaks of a profile that no rule has")
        }
        let track: Int
        if let known = self.numbers[key] {
            track = known
        } else {
            track = self.keys.count
            self.numbers[key] = track
            self.keys.append(key)
            self.rows += self.profiles.map { _ in [] }
        }
        return track * self.profiles.count + number
    }

    // MARK: - Reading

    /// Every track under a profile, by device, as known at an instant, or now. `lastMiss` finds the last miss of an
    /// outage that began then and has not ended.
    func tracks(
        _ profile: StatusProfile,
        asKnownAt instant: Timestamp?,
        lastMiss: (TrackKey, Timestamp) -> Timestamp?
    ) -> [DeviceID: [CheckTrack]] {
        guard let number = self.profiles.firstIndex(of: profile) else { return [:] }
        var tracks: [DeviceID: [CheckTrack]] = [:]
        for (track, key) in self.keys.enumerated() where profile.counts(key.check, at: key.hop) {
            let changes = self.changes(at: track * self.profiles.count + number, asKnownAt: instant)
            var found = CheckTrack(check: key.check, hop: key.hop, changes: changes)
            if let last = changes.last, last.status == .offline {
                found.openLastMissAt = lastMiss(key, last.at)
            }
            tracks[key.device, default: []].append(found)
        }
        return tracks.mapValues { found in
            found.sorted { ($0.check.order, $0.hop.order) < ($1.check.order, $1.hop.order) }
        }
    }

    /// A track's changes now; empty when it is not known.
    func changes(_ profile: StatusProfile, _ key: TrackKey) -> [StatusChange] {
        guard let track = self.numbers[key], let number = self.profiles.firstIndex(of: profile) else {
            return []
        }
        return self.changes(at: track * self.profiles.count + number, asKnownAt: nil)
    }

    private func changes(at place: Int, asKnownAt instant: Timestamp?) -> [StatusChange] {
        let known = self.rows[place].filter { row in
            guard let instant else { return row.supersededAt == nil }
            return row.recordedAt <= instant && row.supersededAt.map { $0 > instant } ?? true
        }
        return known.map(\.change).sorted { $0.at < $1.at }
    }

    // MARK: - What cannot matter any more

    /// Drops what was superseded before `known`, and what ended before `cutoff`.
    mutating func drop(before cutoff: Timestamp, supersededBefore known: Timestamp) {
        for place in self.rows.indices {
            let first = self.rows[place].filter { $0.supersededAt == nil && $0.change.at <= cutoff }.map(
                \.change.at
            )
            .max()
            self.rows[place].removeAll { row in
                if let supersededAt = row.supersededAt { return supersededAt < known }
                return first.map { row.change.at < $0 } ?? false
            }
        }
    }
}
