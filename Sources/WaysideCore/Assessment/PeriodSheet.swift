/// What one rule says of a period (周期考核结果): a device's figures are summed over its days, then grouped as for a day.
public struct PeriodSheet: Hashable, Sendable {
    /// Which period.
    public var period: ServicePeriod
    /// The days that are in the figures, rising; what lies ahead, or was never kept, is not among them.
    public var days: [ServiceDay]
    /// Up to where the figures go, when the last of the days was not over yet.
    public var until: Timestamp?
    /// Whether a day is missing, or more can still become known of one without coming late.
    public var isProvisional: Bool
    /// By which rule.
    public var rule: RateRule
    /// By key.
    public var devices: [RateSheet.DeviceRow]
    /// By kind, then key.
    public var groups: [RateSheet.GroupRow]

    /// A period's figures.
    public init(
        period: ServicePeriod,
        days: [ServiceDay],
        until: Timestamp?,
        isProvisional: Bool,
        rule: RateRule,
        devices: [RateSheet.DeviceRow],
        groups: [RateSheet.GroupRow]
    ) {
        (self.period, self.days, self.until) = (period, days, until)
        (self.isProvisional, self.rule) = (isProvisional, rule)
        (self.devices, self.groups) = (devices, groups)
    }

    /// A day as a period of one day.
    public init(_ sheet: RateSheet) {
        self.init(
            period: ServicePeriod(.day, containing: sheet.day),
            days: [sheet.day],
            until: sheet.until,
            isProvisional: sheet.isProvisional,
            rule: sheet.rule,
            devices: sheet.devices,
            groups: sheet.groups
        )
    }
}

/// A device's figures summed over days on which it belonged to the same groups (设备合计).
public struct DeviceSums: Hashable, Sendable {
    /// The device's key.
    public var device: String
    /// By what it is put into groups.
    public var membership: Membership
    /// The eleven sums.
    public var tally: DayTally
    /// For which no exemption exists.
    public var raw: OnlineRate
    /// By the rule.
    public var assessed: OnlineRate
    /// How much of what could be watched was watched.
    public var coverage: OnlineRate
    /// As bad as it may have been.
    public var low: OnlineRate
    /// As good as it may have been.
    public var high: OnlineRate

    /// Sums.
    public init(
        device: String,
        membership: Membership,
        tally: DayTally,
        raw: OnlineRate,
        assessed: OnlineRate,
        coverage: OnlineRate,
        low: OnlineRate,
        high: OnlineRate
    ) {
        (self.device, self.membership, self.tally) = (device, membership, tally)
        (self.raw, self.assessed, self.coverage) = (raw, assessed, coverage)
        (self.low, self.high) = (low, high)
    }

    /// One day's.
    public init(_ row: RateSheet.DeviceRow, membership: Membership) {
        self.init(
            device: row.device,
            membership: membership,
            tally: row.tally,
            raw: row.figures.raw,
            assessed: row.figures.assessed,
            coverage: row.figures.coverage,
            low: row.figures.low,
            high: row.figures.high
        )
    }

    fileprivate static func += (left: inout DeviceSums, right: DeviceSums) {
        left.tally = left.tally + right.tally
        left.raw = left.raw + right.raw
        left.assessed = left.assessed + right.assessed
        left.coverage = left.coverage + right.coverage
        left.low = left.low + right.low
        left.high = left.high + right.high
    }

    fileprivate func figures(under rule: RateRule) -> RateSheet.Figures {
        rule.figures(
            raw: self.raw,
            assessed: self.assessed,
            coverage: self.coverage,
            low: self.low,
            high: self.high
        )
    }
}

/// Sums devices over days (周期合计).
///
/// A device that belonged to several organizations, maintainers or roads inside the period counts in each with the days
/// on which it did; so the parts always add up to the whole.
public struct PeriodSums: Sendable {
    private let rule: RateRule
    private let inventory: Inventory
    private var sums: [String: [DeviceSums]] = [:]

    /// Nothing yet.
    public init(rule: RateRule, inventory: Inventory) { (self.rule, self.inventory) = (rule, inventory) }

    /// Takes in sums of some days of a device.
    public mutating func add(_ new: DeviceSums) {
        let known = self.sums[new.device]?.firstIndex { $0.membership == new.membership }
        if let known {
            self.sums[new.device]?[known] += new
        } else {
            self.sums[new.device, default: []].append(new)
        }
    }

    /// Takes in a day.
    public mutating func add(_ sheet: RateSheet) {
        for row in sheet.devices {
            guard let device = self.inventory.device(key: row.device) else { continue }
            self.add(DeviceSums(row, membership: Membership(device, on: sheet.day)))
        }
    }

    /// A line for each device, by key.
    public var devices: [RateSheet.DeviceRow] {
        self.sums.keys.sorted { $0.isBefore($1) }.compactMap { key in
            guard let parts = self.sums[key], var whole = parts.first else { return nil }
            for part in parts.dropFirst() { whole += part }
            return RateSheet.DeviceRow(
                device: key,
                tally: whole.tally,
                figures: whole.figures(under: self.rule)
            )
        }
    }

    /// The sums of every group that has a device.
    public var sumsByGroup: [RateGroupKey: RateSums] {
        var groups: [RateGroupKey: RateSums] = [:]
        var known: [Membership: [RateGroupKey]] = [:]
        func keys(_ membership: Membership) -> [RateGroupKey] {
            if let keys = known[membership] { return keys }
            let keys = membership.groups(in: self.inventory)
            known[membership] = keys
            return keys
        }
        for parts in self.sums.values {
            // In a group that holds several of its parts the device is one device.
            var byGroup: [RateGroupKey: DeviceSums] = [:]
            if let only = parts.first, parts.count == 1 {
                let contribution = RateSums(only.figures(under: self.rule), under: self.rule)
                for group in keys(only.membership) {
                    groups[group, default: .none(self.rule)] += contribution
                }
                continue
            }
            for part in parts {
                for group in keys(part.membership) {
                    if byGroup[group] == nil { byGroup[group] = part } else { byGroup[group]? += part }
                }
            }
            for (group, sums) in byGroup {
                groups[group, default: .none(self.rule)] += RateSums(
                    sums.figures(under: self.rule),
                    under: self.rule
                )
            }
        }
        return groups
    }

    /// Every group that has a device, and `all` in any case; by kind, then key.
    public var groups: [RateSheet.GroupRow] { RateGroups.rows(of: self.sumsByGroup, under: self.rule) }
}
