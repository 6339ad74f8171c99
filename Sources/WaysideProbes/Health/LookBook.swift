internal import WaysideCore

/// Which devices are to be looked at, and when (采集计划簿): a look finds out what a device is and what it can be asked, and
/// is good for hours; one that found nobody is tried again ever more seldom.
///
/// A pure machine: told of devices and of looks that ended, it says whom to look at next.
struct LookBook {
    /// What makes a look out of date when it changes: where the device is and what opens it.
    struct Fingerprint: Hashable, Sendable {
        let address: String
        let credential: String
    }

    /// How long a look is good, in milliseconds; each device's differs by up to an eighth, so that looks do not bunch.
    static let goodMilliseconds: Int64 = 6 * 3_600_000
    /// The wait after the first look that found nobody, in milliseconds; doubled for each one after.
    static let firstWaitMilliseconds: Int64 = 60_000
    /// The longest such wait, in milliseconds.
    static let longestWaitMilliseconds: Int64 = 3_600_000

    /// How soon a look may be doubted, in milliseconds: an agent that changes its mind all the time is not looked at all
    /// the time.
    static let shortestMilliseconds: Int64 = 1_800_000

    private struct Entry {
        var fingerprint: Fingerprint
        var nextAt: Timestamp
        var foundAt = Timestamp.distantPast
        var failures = 0
        var isUnderWay = false
    }

    private var entries: [DeviceID: Entry] = [:]

    /// How many devices there are.
    var count: Int { self.entries.count }

    /// Takes what is to be looked at now. Returns the devices that are no longer, or are elsewhere by now.
    mutating func update(_ targets: [DeviceID: Fingerprint], now: Timestamp) -> [DeviceID] {
        var gone: [DeviceID] = []
        for (device, entry) in self.entries where targets[device] != entry.fingerprint {
            gone.append(device)
            self.entries[device] = nil
        }
        for (device, fingerprint) in targets where self.entries[device] == nil {
            self.entries[device] = Entry(fingerprint: fingerprint, nextAt: now)
        }
        return gone.sorted { $0.number < $1.number }
    }

    /// Up to `most` devices whose look is due, now under way, the longest due first.
    mutating func begin(most: Int, now: Timestamp) -> [DeviceID] {
        guard most > 0 else { return [] }
        let due = self.entries.filter { !$0.value.isUnderWay && $0.value.nextAt <= now }
            .sorted { ($0.value.nextAt, $0.key.number) < ($1.value.nextAt, $1.key.number) }.prefix(most).map(
                \.key
            )
        for device in due { self.entries[device]?.isUnderWay = true }
        return due
    }

    /// Ends a look at what a device was when it began. Returns false when the device is another by now: what was found
    /// is of no use.
    mutating func end(_ device: DeviceID, _ fingerprint: Fingerprint, found: Bool, now: Timestamp) -> Bool {
        guard var entry = self.entries[device], entry.fingerprint == fingerprint else { return false }
        entry.isUnderWay = false
        if found {
            entry.failures = 0
            entry.foundAt = now
            let spread = Int64(truncatingIfNeeded: device.number &* 0x9E37_79B9) & 0x3FF
            entry.nextAt = now + (Self.goodMilliseconds - Self.goodMilliseconds / 8 * spread / 1_024)
        } else {
            let wait = Self.firstWaitMilliseconds << Int64(min(entry.failures, 10))
            entry.failures += 1
            entry.nextAt = now + min(wait, Self.longestWaitMilliseconds)
        }
        self.entries[device] = entry
        return true
    }

    /// Makes a device's look due, soon after the last at the earliest: what it answers does not fit what was found.
    mutating func doubt(_ device: DeviceID, now: Timestamp) {
        guard let entry = self.entries[device], !entry.isUnderWay else { return }
        self.entries[device]?.nextAt = min(entry.nextAt, max(now, entry.foundAt + Self.shortestMilliseconds))
    }
}
