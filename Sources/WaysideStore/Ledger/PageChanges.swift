internal import Postgres
internal import WaysideCore

/// A page's changes of status, with the numbers of their profiles.
struct PageChanges {
    private let page: LedgerPage
    private var profiles: [StatusProfile: Int64] = [:]

    init(_ page: LedgerPage, in transaction: borrowing Transaction) throws(PostgresError) {
        self.page = page
        let named =
            page.changes.map(\.profile) + page.passing.map(\.profile) + page.withdrawals.map(\.profile)
            + page.refolds.map(\.profile)
        for profile in Set(named) {
            var number = try transaction.firstRow(SelectProfile(profile: profile))
            if number == nil { number = try transaction.firstRow(InsertProfile(profile: profile)) }
            guard let number else {
                throw PostgresError(operation: .execute, message: "status_profile gave no number")
            }
            self.profiles[profile] = number
        }
    }

    /// Writes them, and answers by device the earliest instant of which something else is known now.
    func write(in transaction: borrowing Transaction) throws(PostgresError) -> [DeviceID: Timestamp] {
        var earliest: [DeviceID: Timestamp] = [:]
        func note(_ device: DeviceID, _ instants: some Sequence<Timestamp>) {
            for at in instants { earliest[device] = min(earliest[device] ?? at, at) }
        }
        var rows: [ChangeRow] = []
        for refold in self.page.refolds {
            note(
                refold.key.device,
                try transaction.rows(
                    SupersedeChanges(
                        profile: self.number(refold.profile),
                        key: refold.key,
                        after: refold.after,
                        supersededAt: self.page.writtenAt
                    )
                )
            )
            for change in refold.changes {
                rows.append(
                    ChangeRow(
                        profile: self.number(refold.profile),
                        key: refold.key,
                        change: change,
                        recordedAt: self.page.writtenAt
                    )
                )
            }
        }
        let withdrawn = self.page.withdrawals
        if !withdrawn.isEmpty {
            try transaction.run(
                WithdrawChanges(
                    rows: withdrawn.map { (self.number($0.profile), $0.key, $0.at) },
                    supersededAt: self.page.writtenAt
                )
            )
            for withdrawal in withdrawn { note(withdrawal.key.device, [withdrawal.at]) }
        }
        rows += self.standing(self.page.changes.map(self.row))
        for row in rows { note(row.key.device, [row.change.at]) }
        // What passed between two pages changes nothing of what is known now.
        rows += self.page.passing.map { change in
            var row = self.row(change)
            row.supersededAt = self.page.writtenAt
            return row
        }
        if !rows.isEmpty {
            try transaction.run(
                InsertChanges(rows: rows, position: self.page.position)
            )
        }
        return earliest
    }

    /// Without the ends of validity that were announced and withdrawn in this page, and of several changes at
    /// one instant the last.
    private func standing(_ rows: [ChangeRow]) -> [ChangeRow] {
        struct Place: Hashable {
            var profile: Int64
            var key: TrackKey
            var at: Timestamp
        }
        let withdrawn = Set(
            self.page.withdrawals.map { Place(profile: self.number($0.profile), key: $0.key, at: $0.at) }
        )
        var seen: Set<Place> = []
        var standing: [ChangeRow] = []
        for row in rows.reversed() {
            let place = Place(profile: row.profile, key: row.key, at: row.change.at)
            if row.change.status == .unknown, withdrawn.contains(place) { continue }
            if seen.insert(place).inserted { standing.append(row) }
        }
        return standing.reversed()
    }

    private func row(_ change: TrackChange) -> ChangeRow {
        ChangeRow(
            profile: self.number(change.profile),
            key: change.key,
            change: change.change,
            recordedAt: min(self.page.writtenAt, change.knownAt ?? self.page.writtenAt)
        )
    }

    private func number(_ profile: StatusProfile) -> Int64 { self.profiles[profile] ?? 0 }
}
