/// What the journal says of profiles that the ledger did not follow (补记): collected while old batches are folded, and
/// written on the first new page as if it had been folded again.
public struct PastChanges: Sendable {
    private struct Place: Hashable {
        let profile: StatusProfile
        let key: TrackKey
    }

    /// Empty once it is written.
    private var profiles: Set<StatusProfile>
    private var changes: [Place: [(position: JournalPosition, change: StatusChange)]] = [:]

    /// Nothing collected yet; without profiles nothing ever is.
    public init(profiles: Set<StatusProfile>) { self.profiles = profiles }

    /// Takes from a page that the ledger has already what it says of these profiles.
    public mutating func collect(_ page: LedgerPage) {
        guard !self.profiles.isEmpty else { return }
        for withdrawal in page.withdrawals where self.profiles.contains(withdrawal.profile) {
            let place = Place(profile: withdrawal.profile, key: withdrawal.key)
            self.changes[place]?.removeAll { $0.change.at == withdrawal.at }
        }
        for refold in page.refolds where self.profiles.contains(refold.profile) {
            let place = Place(profile: refold.profile, key: refold.key)
            self.changes[place, default: []].removeAll { row in refold.after.map { row.position > $0 } ?? true
            }
            self.changes[place, default: []] += refold.changes.map { (page.position, $0) }
        }
        for change in page.changes where self.profiles.contains(change.profile) {
            let place = Place(profile: change.profile, key: change.key)
            self.changes[place, default: []].append((page.position, change.change))
        }
    }

    /// Writes what was collected on a page, once.
    public mutating func write(on page: inout LedgerPage) {
        guard !self.profiles.isEmpty else { return }
        // What the page itself withdraws or folds again goes on from here; together they are one fold from the beginning.
        var past = self.changes
        for withdrawal in page.withdrawals where self.profiles.contains(withdrawal.profile) {
            past[Place(profile: withdrawal.profile, key: withdrawal.key)]?.removeAll {
                $0.change.at == withdrawal.at
            }
        }
        for refold in page.refolds where self.profiles.contains(refold.profile) {
            let place = Place(profile: refold.profile, key: refold.key)
            past[place]?.removeAll { row in refold.after.map { row.position > $0 } ?? true }
            past[place, default: []] += refold.changes.map { (page.position, $0) }
        }
        page.passing.removeAll { self.profiles.contains($0.profile) }
        page.refolds.removeAll { self.profiles.contains($0.profile) }
        page.refolds += past.keys.sorted { $0.key < $1.key }.map { place in
            let changes = (past[place] ?? []).map(\.change).sorted { $0.at < $1.at }
            return TrackRefold(profile: place.profile, key: place.key, after: nil, changes: changes)
        }
        (self.changes, self.profiles) = ([:], [])
    }
}
