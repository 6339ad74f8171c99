/// Ends of validity that came to pass between one batch and the next (其间失声).
///
/// Until the next batch came they were what was known. It may bring an observation that goes on from the last one; then
/// the silence is taken back, and was known nevertheless, for as long as nobody knew better.
struct SilencesBetween {
    private struct Place: Hashable {
        var profile: Int
        var key: TrackKey
    }

    private var changes: [Place: TrackChange] = [:]
    /// Those that were known for at least a millisecond and are not any more, by track and instant.
    private(set) var takenBack: [TrackChange] = []

    /// Notes that a track fell silent under the profile with that index.
    mutating func add(_ profile: Int, _ change: TrackChange) {
        self.changes[Place(profile: profile, key: change.key)] = change
    }

    /// Takes the track's silence back as of that instant; `false` when there is none here.
    mutating func takeBack(_ profile: Int, _ key: TrackKey, before instant: Timestamp) -> Bool {
        guard let change = self.changes.removeValue(forKey: Place(profile: profile, key: key)) else {
            return false
        }
        if let knownAt = change.knownAt, knownAt < instant { self.takenBack.append(change) }
        return true
    }

    /// Those that still hold, by track and profile.
    var standing: [TrackChange] {
        self.changes.sorted { ($0.key.key, $0.key.profile) < ($1.key.key, $1.key.profile) }.map(\.value)
    }
}
