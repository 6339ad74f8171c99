/// Works out what a rule says of a day (考核): from tracks, inventory and exemptions to a sheet.
public struct Assessor {
    /// A day cannot be assessed before it began.
    public struct NotBegun: Error, Hashable, Sendable {
        /// The day.
        public let day: ServiceDay
        /// The instant that is not inside it or after it.
        public let knownAt: Timestamp
    }

    private let rule: RateRule
    private let inventory: Inventory
    private let topology: Topology
    private let day: ServiceDay
    private let knownAt: Timestamp
    private let window: Span
    private let tracks: (Int, Facet) -> [CheckTrack]
    private let exempt: ExemptWindows
    private let values: (raw: ClassValues, assessed: ClassValues, low: ClassValues, high: ClassValues)
    private var outages: UpstreamOutages

    /// Prepares the day.
    ///
    /// - Parameters:
    ///   - rule: Which definition.
    ///   - inventory: The devices.
    ///   - day: Which day.
    ///   - knownAt: What is known later does not count; `distantFuture` for everything.
    ///   - topology: Who hangs on whom that day, when the caller has worked it out already.
    ///   - exemptions: All that were ever asked for; what counts is decided here.
    ///   - tracks: The tracks of a facet of the device at that place of the inventory, under the rule's profile.
    /// - Throws: When `knownAt` is not after 00:00 of the day.
    public init(
        rule: RateRule,
        inventory: Inventory,
        day: ServiceDay,
        knownAt: Timestamp,
        topology: Topology? = nil,
        exemptions: [Exemption],
        tracks: @escaping (Int, Facet) -> [CheckTrack]
    ) throws(NotBegun) {
        guard knownAt > day.start else { throw NotBegun(day: day, knownAt: knownAt) }
        let topology = topology ?? Topology(inventory, on: day)
        let window = Span(day.start, min(day.end, knownAt))
        self.rule = rule
        self.values = rule.values
        self.inventory = inventory
        self.topology = topology
        self.day = day
        self.knownAt = knownAt
        self.window = window
        self.tracks = tracks
        self.exempt = ExemptWindows(
            rule: rule,
            inventory: inventory,
            topology: topology,
            day: day,
            exemptions: exemptions,
            knownAt: knownAt
        )
        self.outages = UpstreamOutages(inventory: inventory, topology: topology, window: window) {
            device,
            facet in
            Self.facetLine(of: tracks(device, facet), by: { $0.line })
        }
    }

    /// The rows of some devices, and what they add to the groups.
    public struct Part: Sendable {
        fileprivate var rows: [RateSheet.DeviceRow]
        fileprivate var groups: RateGroups
    }

    /// The whole sheet.
    public mutating func sheet() -> RateSheet {
        self.sheet(of: [self.part(self.inventory.devices.indices)])
    }

    /// The part of the sheet of the devices at these places of the inventory.
    public mutating func part(_ places: Range<Int>) -> Part {
        var part = Part(rows: [], groups: RateGroups(rule: self.rule, inventory: self.inventory))
        part.rows.reserveCapacity(places.count)
        for index in places {
            guard let row = self.deviceRow(of: index) else { continue }
            part.groups.add(row.figures, of: self.membership(of: index))
            part.rows.append(row)
        }
        return part
    }

    /// The sheet that parts make which follow on each other and hold every device.
    public func sheet(of parts: [Part]) -> RateSheet {
        var groups = RateGroups(rule: self.rule, inventory: self.inventory)
        for part in parts { groups.add(part.groups) }
        return RateSheet(
            day: self.day,
            until: self.knownAt < self.day.end ? self.knownAt : nil,
            isProvisional: self.rule.isProvisional(self.day, knownAt: self.knownAt),
            rule: self.rule,
            devices: parts.count == 1 ? parts[0].rows : parts.flatMap(\.rows),
            groups: groups.rows
        )
    }

    /// The row of the device at that place of the inventory; `nil` when the population does not hold it.
    public mutating func deviceRow(of index: Int) -> RateSheet.DeviceRow? {
        let device = self.inventory.devices[index]
        guard self.rule.population.holds(device, on: self.day, in: self.inventory) else { return nil }
        return self.row(of: index)
    }

    /// By what the device at that place of the inventory is put into groups.
    public func membership(of index: Int) -> Membership {
        Membership(self.inventory.devices[index], on: self.day)
    }

    /// The classes of the device at that place of the inventory, as found.
    public mutating func classLine(of index: Int) -> ClassLine {
        let line = Self.facetLine(of: self.tracks(index, self.rule.facet), by: { $0.line })
        return self.classLine(of: index, status: line, upstream: self.upstreamSpans(of: index, line))
    }

    private mutating func upstreamSpans(of index: Int, _ line: StatusLine) -> SpanSet {
        let offline = line.spans(of: .offline, in: self.window)
        return offline.isEmpty ? offline : offline.intersection(self.outages.above(index))
    }

    private func classLine(of index: Int, status: StatusLine, upstream: SpanSet) -> ClassLine {
        ClassLine(
            window: self.window,
            status: status,
            upstream: upstream,
            exempt: self.exempt[index],
            service: self.inventory.devices[index].serviceLife
        )
    }

    private mutating func row(of index: Int) -> RateSheet.DeviceRow {
        let tracks = self.tracks(index, self.rule.facet)
        let asFound = Self.facetLine(of: tracks, by: { $0.line })
        let upstream = self.upstreamSpans(of: index, asFound)
        let line = self.classLine(of: index, status: asFound, upstream: upstream)
        // Only outages have uncertain ends.
        let hasOutages = tracks.contains { $0.changes.contains { $0.status == .offline } }
        func widened(_ edge: (CheckTrack) -> StatusLine) -> ClassLine {
            guard hasOutages else { return line }
            return self.classLine(
                of: index,
                status: Self.facetLine(of: tracks, by: edge),
                upstream: upstream
            )
        }
        return RateSheet.DeviceRow(
            device: self.inventory.devices[index].key,
            tally: line.tally(),
            figures: self.rule.figures(
                raw: self.rate(of: line, self.values.raw),
                assessed: self.rate(of: line, self.values.assessed),
                coverage: self.rule.coverage(of: line, day: self.day, window: self.window),
                low: self.rate(of: widened { $0.worstLine }, self.values.low),
                high: self.rate(of: widened { $0.bestLine }, self.values.high)
            )
        )
    }

    private func rate(of line: ClassLine, _ values: ClassValues) -> OnlineRate {
        self.rule.rate(of: line, day: self.day, window: self.window, values: values)
    }

    /// Folds the facet: the best of each check's hops, then the checks together.
    static func facetLine(of tracks: [CheckTrack], by line: (CheckTrack) -> StatusLine) -> StatusLine {
        if tracks.count <= 1 { return tracks.first.map(line) ?? StatusLine() }
        let checks = Set(tracks.map(\.check)).sorted()
        return StatusLine.facet(
            of: checks.map { check in StatusLine.best(of: tracks.filter { $0.check == check }.map(line)) }
        )
    }
}

extension RateRule.Population {
    /// Whether it holds the device that day.
    public func holds(_ device: Device, on day: ServiceDay, in inventory: Inventory) -> Bool {
        if let fromDay = self.fromDay, fromDay > day { return false }
        if let kinds = self.kinds, !kinds.contains(device.kind) { return false }
        if let classes = self.positionClasses, !classes.contains(device.positionClass) { return false }
        guard let organizations = self.organizations else { return true }
        guard let own = device.assignment(on: day).organization else { return false }
        return inventory.ancestry(ofOrganization: own).contains { organizations.contains($0) }
    }
}

extension RateRule {
    /// Whether more can still become known of the day without coming late.
    public func isProvisional(_ day: ServiceDay, knownAt: Timestamp) -> Bool {
        knownAt < day.end + self.status.horizonMilliseconds + self.latenessMilliseconds
    }
}
