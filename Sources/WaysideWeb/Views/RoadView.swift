internal import WaysideCore

/// The road as the page shows it: one word a device, and the answers to why, since when, who must act, until when.
struct RoadView {
    /// What a device is shown as.
    enum Shown: String, CaseIterable {
        /// Works.
        case online
        /// Answers, but wrongly.
        case abnormal
        /// Does not work, by its own fault as far as is known.
        case offline
        /// Does not work because everything it hangs on does not (上级中断).
        case upstream
        /// Nobody could tell.
        case unknown
        /// Nothing is asked of it.
        case unmonitored
    }

    /// A facet as shown; one that is monitored and was never seen is unknown.
    struct FacetView {
        let facet: Facet
        let status: Status
        let since: Timestamp?
        let cause: Cause?
        let isFaltering: Bool
        let knownAt: Timestamp?
    }

    /// A device as shown.
    struct DeviceView {
        let device: Device
        let assignment: Assignment
        let shown: Shown
        let since: Timestamp?
        let cause: Cause?
        let isFaltering: Bool
        let facets: [FacetView]
        /// The live ticket that answers for it.
        let ticket: FaultTicket?
        /// The device at the root of its being cut off; `nil` unless it is shown as upstream and a root is known.
        let root: Device?
    }

    let inventory: Inventory
    let status: RoadStatus
    let day: ServiceDay
    /// Devices in service, in the order of the inventory.
    let devices: [DeviceView]

    init(_ status: RoadStatus, inventory: Inventory) {
        let day = ServiceDay(containing: status.at)
        let reader = Reader(status, inventory: inventory, day: day)
        self.inventory = inventory
        self.status = status
        self.day = day
        self.devices = inventory.devices.filter { $0.isInService(on: day) }.map(reader.view(of:))
    }

    /// The device of that key, when it is in service.
    func device(key: String) -> DeviceView? { self.devices.first { $0.device.key == key } }

    /// How many devices are shown as that.
    func count(_ shown: Shown) -> Int { self.devices.count { $0.shown == shown } }

    /// Reads one device after the other.
    private struct Reader {
        private let inventory: Inventory
        private let day: ServiceDay
        private let topology: FaultTopology
        private let statuses: [DeviceID: [Facet: LiveStatus]]
        private let ticketsByRoot: [DeviceID: FaultTicket]
        private let ticketsByNumber: [Int64: FaultTicket]
        private let explanations: [DeviceID: Int64]

        init(_ status: RoadStatus, inventory: Inventory, day: ServiceDay) {
            self.inventory = inventory
            self.day = day
            self.topology = FaultTopology(Topology(inventory, on: day), of: inventory)
            var statuses: [DeviceID: [Facet: LiveStatus]] = [:]
            for live in status.statuses { statuses[live.device, default: [:]][live.facet] = live }
            self.statuses = statuses
            self.ticketsByRoot = Dictionary(status.tickets.map { ($0.root, $0) }) { first, _ in first }
            self.ticketsByNumber = Dictionary(status.tickets.map { ($0.number, $0) }) { first, _ in first }
            self.explanations = status.explanations
        }

        func view(of device: Device) -> DeviceView {
            let facets = self.facets(of: device)
            let worst = facets.max { Self.weight($0.status) < Self.weight($1.status) }
            let ticket = self.ticket(of: device.id)
            let isCutOff = worst?.status == .offline && self.isCutOff(device.id)
            let root = isCutOff ? self.root(of: device.id) : nil
            return DeviceView(
                device: device,
                assignment: device.assignment(on: self.day),
                shown: isCutOff ? .upstream : worst.map { Self.shown($0.status) } ?? .unmonitored,
                since: worst?.since,
                cause: worst?.cause,
                isFaltering: facets.contains(where: \.isFaltering),
                facets: facets,
                ticket: ticket,
                root: root
            )
        }

        private func facets(of device: Device) -> [FacetView] {
            let monitored = Set(device.checks.map(\.facet))
            return Facet.allCases.filter(monitored.contains).map { facet in
                let live = self.statuses[device.id]?[facet]
                return FacetView(
                    facet: facet,
                    status: live?.status ?? .unknown,
                    since: live?.since,
                    cause: live?.cause,
                    isFaltering: live?.isFaltering ?? false,
                    knownAt: live?.knownAt
                )
            }
        }

        /// Offline hides abnormal, abnormal hides unknown: what needs somebody comes first.
        private static func weight(_ status: Status) -> Int {
            switch status {
            case .offline: 3
            case .abnormal: 2
            case .unknown: 1
            case .online: 0
            }
        }

        private static func shown(_ status: Status) -> Shown {
            switch status {
            case .online: .online
            case .abnormal: .abnormal
            case .offline: .offline
            case .unknown: .unknown
            }
        }

        private func ticket(of device: DeviceID) -> FaultTicket? {
            self.ticketsByRoot[device] ?? self.explanations[device].flatMap { self.ticketsByNumber[$0] }
        }

        /// By the ticket that explains it, or, while that is not yet decided, by everything above it being offline.
        private func isCutOff(_ device: DeviceID) -> Bool {
            if self.ticketsByRoot[device] == nil, self.explanations[device] != nil { return true }
            let above = self.topology.upstreams(of: device)
            return !above.isEmpty && above.allSatisfy(self.isDown)
        }

        private func isDown(_ device: DeviceID) -> Bool {
            guard let facet = self.topology.decidingFacet(of: device) else { return false }
            return self.statuses[device]?[facet]?.status == .offline
        }

        private func root(of device: DeviceID) -> Device? {
            if let ticket = self.explanations[device].flatMap({ self.ticketsByNumber[$0] }) {
                return self.inventory.device(ticket.root)
            }
            var current = device
            while let above = self.topology.upstreams(of: current).first(where: self.isDown) {
                current = above
            }
            return current == device ? nil : self.inventory.device(current)
        }
    }
}
