public import WaysideCore

/// One unit's day in numbers (单位日统计): what the morning page and the ministry's statistics count.
public struct DailyBriefFigures: Hashable, Sendable {
    /// How often a fault was seen in a day, and what became of it (次数).
    public struct Occurrences: Hashable, Sendable {
        /// Stretches that touch the day, those that began before it included; 0 or more.
        public var occurred = 0
        /// Those of them that ended well inside the day.
        public var restored = 0
        /// Devices in that state at the end of the day, or of what is known of it.
        public var current = 0

        /// None yet.
        public init() {}

        static func + (left: Occurrences, right: Occurrences) -> Occurrences {
            var sum = left
            sum.occurred += right.occurred
            sum.restored += right.restored
            sum.current += right.current
            return sum
        }
    }

    /// Devices, those not in service left out; 0 or more.
    public var devices = 0
    /// Devices whose first day of service it is.
    public var newlyAccessed = 0
    /// Devices that were online at the end of the day, or of what is known of it.
    public var online = 0
    /// Devices of which nobody could tell then.
    public var unknown = 0
    /// Outages: offline or cut off upstream, exempt or not.
    public var offline = Occurrences()
    /// Stretches of answering wrongly, exempt or not.
    public var abnormal = Occurrences()

    /// Nothing counted.
    public init() {}

    /// The numbers of one device's day.
    ///
    /// An outage begins with offline, goes on through unknown, and is restored by online or abnormal: that nobody could
    /// tell is no repair. An abnormal stretch goes on through unknown too and is repaired by online; one that turns into an
    /// outage is neither repaired nor current.
    ///
    /// - Parameters:
    ///   - line: The device's classes, from 00:00 to the end of what is known of the day.
    ///   - isNew: Whether it is the device's first day of service.
    public init(_ line: ClassLine, isNew: Bool) {
        self.devices = 1
        self.newlyAccessed = isNew ? 1 : 0
        var isOut = false
        var isWrong = false
        for interval in line.intervals {
            switch interval.timeClass.withoutExemption {
            case .offline, .upstream:
                if !isOut { self.offline.occurred += 1 }
                (isOut, isWrong) = (true, false)
            case .abnormal:
                if isOut { self.offline.restored += 1 }
                if !isWrong { self.abnormal.occurred += 1 }
                (isOut, isWrong) = (false, true)
            case .online:
                if isOut { self.offline.restored += 1 }
                if isWrong { self.abnormal.restored += 1 }
                (isOut, isWrong) = (false, false)
            default: break
            }
        }
        self.offline.current = isOut ? 1 : 0
        self.abnormal.current = isWrong ? 1 : 0
        let last = line.intervals.last?.timeClass.withoutExemption
        self.online = last == .online ? 1 : 0
        self.unknown = last == .unknown ? 1 : 0
    }

    /// The numbers of both together.
    public static func + (left: DailyBriefFigures, right: DailyBriefFigures) -> DailyBriefFigures {
        var sum = left
        sum.devices += right.devices
        sum.newlyAccessed += right.newlyAccessed
        sum.online += right.online
        sum.unknown += right.unknown
        sum.offline = sum.offline + right.offline
        sum.abnormal = sum.abnormal + right.abnormal
        return sum
    }
}

/// A day as it was assessed: the sheet, and the classes it was made of (考核日).
public struct DailyBriefDay: Sendable {
    /// What the rule says of the day.
    public let sheet: RateSheet
    /// The numbers of every unit with devices of the sheet, by key; a unit's include those of the units below it.
    public let units: [String: DailyBriefFigures]
    /// The numbers of every device of the sheet together.
    public let all: DailyBriefFigures

    /// Counts a day.
    ///
    /// - Parameters:
    ///   - sheet: What the rule says of the day.
    ///   - inventory: The devices and organizations.
    ///   - lines: By device key, the classes behind the sheet; a device without one counts as a device and no more.
    public init(_ sheet: RateSheet, inventory: Inventory, lines: [String: ClassLine]) {
        var (units, all): ([String: DailyBriefFigures], DailyBriefFigures) = ([:], DailyBriefFigures())
        for row in sheet.devices {
            guard let device = inventory.device(key: row.device), device.isInService(on: sheet.day) else {
                continue
            }
            let isNew = device.commissionedOn == sheet.day
            let figures =
                lines[row.device].map { DailyBriefFigures($0, isNew: isNew) }
                ?? {
                    var figures = DailyBriefFigures()
                    figures.devices = 1
                    figures.newlyAccessed = isNew ? 1 : 0
                    return figures
                }()
            all = all + figures
            guard let organization = device.assignment(on: sheet.day).organization else { continue }
            for key in inventory.ancestry(ofOrganization: organization) {
                units[key] = (units[key] ?? DailyBriefFigures()) + figures
            }
        }
        (self.sheet, self.units, self.all) = (sheet, units, all)
    }

    /// The assessed figures of a unit with those below it; `nil` when no device of it is in the sheet.
    public func figures(of unit: String) -> RateSheet.Figures? {
        self.sheet.groups.first { $0.kind == .organization && $0.key == unit }?.figures
    }

    /// The assessed figures of all devices.
    public var allFigures: RateSheet.Figures? { self.sheet.groups.first { $0.kind == .all }?.figures }
}
