/// When each device is exempt on a day under a rule (报备时段), resolved by each day's assignment.
struct ExemptWindows {
    private let spansByDevice: [Int: SpanSet]

    /// Resolves the exemptions.
    ///
    /// A monthly cap is used up from the month's first millisecond in time order, whatever the status; so with a
    /// cap the days before in the month are resolved too.
    init(
        rule: RateRule,
        inventory: Inventory,
        topology: Topology,
        day: ServiceDay,
        exemptions: [Exemption],
        knownAt: Timestamp
    ) {
        let accepted = exemptions.filter { rule.accepts($0, knownAt: knownAt) }
        var scopes = ScopeMembers(inventory, on: day, topology: topology)
        let today = Self.resolve(accepted, with: &scopes)
        guard let cap = rule.exemptions.monthlyCapMilliseconds else {
            self.spansByDevice = today.mapValues { SpanSet($0) }
            return
        }
        var spans = today
        var earlier = day.firstOfMonth
        while earlier < day {
            var scopes = ScopeMembers(inventory, on: earlier)
            for (device, more) in Self.resolve(accepted, with: &scopes) where today[device] != nil {
                spans[device, default: []] += more
            }
            earlier = earlier.next
        }
        self.spansByDevice = Dictionary(
            uniqueKeysWithValues: spans.map { device, spans in
                let inService = SpanSet(spans).clamped(to: inventory.devices[device].serviceLife)
                return (device, inService.prefix(milliseconds: max(0, cap)).clamped(to: day.span))
            }
        )
    }

    /// When the device at that place of the inventory is exempt.
    subscript(device: Int) -> SpanSet { self.spansByDevice[device] ?? SpanSet() }

    private static func resolve(
        _ exemptions: [Exemption],
        with scopes: inout ScopeMembers
    ) -> [Int: [Span]] {
        var result: [Int: [Span]] = [:]
        for exemption in exemptions {
            let span = exemption.span.clamped(to: scopes.day.span)
            guard !span.isEmpty else { continue }
            for device in scopes.devices(of: exemption.scope) { result[device, default: []].append(span) }
        }
        return result
    }
}

extension RateRule {
    /// Whether the exemption counts under the rule, as far as was known then: approved and not revoked, of an accepted
    /// class, covering the facet, and approved in time.
    public func accepts(_ exemption: Exemption, knownAt: Timestamp) -> Bool {
        guard exemption.isKnown(at: knownAt), self.exemptions.accept.contains(exemption.className),
            exemption.facets?.contains(self.facet) ?? true
        else { return false }
        guard let limit = self.exemptions.approvedWithinMilliseconds, let approvedAt = exemption.approvedAt
        else { return true }
        return approvedAt - exemption.span.start <= limit
    }
}
