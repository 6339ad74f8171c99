public import WaysideCore

/// A made-up province (模拟省): road companies, sections, maintainers and everything that hangs on everything, with all
/// that changes of it during the period.
public struct SimulatedProvince: Sendable {
    /// Every device and organization, numbered as a reader of its files numbers them.
    public let inventory: Inventory
    /// All that was asked for, approved in time, late or never, and revoked.
    public let exemptions: [Exemption]
    /// The days that are watched.
    public let period: Span
    let wiring: Wiring

    /// The province of those settings.
    public init(_ settings: SimulationSettings) {
        var random = SplitMix(seed: settings.seed)
        var builder = ProvinceBuilder(settings, random: random.branch())
        builder.build()
        let built = builder.finished
        self.inventory = built.inventory
        self.wiring = built.wiring
        self.period = settings.period
        self.exemptions = Self.exemptions(settings, inventory: built.inventory, random: random.branch())
    }

    private static func exemptions(
        _ settings: SimulationSettings,
        inventory: Inventory,
        random: SplitMix
    ) -> [Exemption] {
        var random = random
        let switches = inventory.devices.filter { $0.kind == .switch }.map(\.key)
        let cameras = inventory.devices.filter { $0.kind == .camera }.map(\.key)
        let sections = inventory.organizations.filter { $0.kind == .section }.map(\.key)
        let count = 3 + settings.days * settings.cameras / 200
        return (1...count).map { number in
            let from = settings.period.start + random.below(settings.period.milliseconds) - Milliseconds.hour
            let span = Span(from, from + random.within(Milliseconds.minute...12 * Milliseconds.hour))
            // Most are asked for beforehand, some when the works are under way or over.
            let requested =
                random.percent(75)
                ? from - random.below(3 * Milliseconds.day) : from + random.below(Milliseconds.day)
            let approved =
                random.percent(15)
                ? requested + random.within(Milliseconds.day...5 * Milliseconds.day)
                : requested + random.below(6 * Milliseconds.hour)
            let isApproved = random.percent(85)
            let scope: Exemption.Scope =
                switch random.below(10) {
                case 0: .organization(random.pick(sections))
                case 1...4: .downstream(of: random.pick(switches))
                default: .device(random.pick(random.percent(85) ? cameras : switches))
                }
            return Exemption(
                id: "EX-\(number)",
                scope: scope,
                facets: random.percent(30) ? [random.pick([.stream, .reachability])] : nil,
                className: random.pick([
                    "works", "works", "works", "mains", "carrier", "force_majeure", "inspection",
                ]),
                span: span,
                requestedAt: requested,
                approvedAt: isApproved ? approved : nil,
                revokedAt: isApproved && random.percent(10)
                    ? approved + random.within(Milliseconds.minute...3 * Milliseconds.day) : nil,
                document: "D-\(number)",
                reason: random.percent(50) ? "路面养护" : nil
            )
        }
    }
}
