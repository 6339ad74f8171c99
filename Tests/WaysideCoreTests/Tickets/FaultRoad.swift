import WaysideCore

/// A road of probes without a network: it confirms outages after three misses and recoveries after one hit, and tells
/// the desk, as the watch does.
struct FaultRoad {
    struct Side: Hashable {
        let device: DeviceID
        let facet: Facet
    }

    var desk: FaultDesk
    private(set) var status: [Side: Status] = [:]
    private(set) var goodInARow: [Side: Int] = [:]
    private var misses: [Side: (count: Int, first: Timestamp)] = [:]
    private var recentHits: [Side: [Timestamp]] = [:]
    /// Whether the desk hears of a status before it hears of the probe that changed it.
    var tellsStatusFirst = false
    /// Whether the desk may ask when an upstream answered lately.
    var answersRecentHits = false

    init(desk: FaultDesk) { self.desk = desk }

    func isOffline(_ device: DeviceID) -> Bool {
        guard let facet = self.desk.topology.decidingFacet(of: device) else { return false }
        return self.status[Side(device: device, facet: facet)] == .offline
    }

    mutating func probe(
        _ device: DeviceID,
        _ facet: Facet,
        _ outcome: Outcome,
        at now: Timestamp
    ) -> [FaultEvent] {
        let side = Side(device: device, facet: facet)
        if outcome != .unknown {
            self.goodInARow[side] = outcome == .up ? self.goodInARow[side, default: 0] + 1 : 0
        }
        if outcome.isHit { self.recentHits[side, default: []].append(now) }
        if outcome.isMiss { self.recentHits[side] = nil }
        if self.tellsStatusFirst {
            return self.fold(side, outcome, now) + self.desk.probed(device, facet, outcome, at: now, now: now)
        }
        return self.desk.probed(device, facet, outcome, at: now, now: now) + self.fold(side, outcome, now)
    }

    private mutating func fold(_ side: Side, _ outcome: Outcome, _ now: Timestamp) -> [FaultEvent] {
        let before = self.status[side] ?? .unknown
        let (status, since): (Status, Timestamp)
        switch outcome {
        case .unknown: return []
        case .down:
            let run = self.misses[side] ?? (0, now)
            self.misses[side] = (run.count + 1, run.first)
            guard run.count + 1 >= 3, before != .offline else { return [] }
            (status, since) = (.offline, run.first)
        case .up, .abnormal:
            self.misses[side] = nil
            (status, since) = (outcome == .up ? .online : .abnormal, now)
            guard before != status else { return [] }
        }
        self.status[side] = status
        let (topology, hits) = (self.desk.topology, self.answersRecentHits ? self.recentHits : [:])
        return self.desk.statusChanged(
            side.device,
            side.facet,
            from: before,
            to: status,
            since: since,
            cause: status == .offline ? .timeout : nil,
            now: now,
            recentHits: { device in
                topology.decidingFacet(of: device).flatMap { hits[Side(device: device, facet: $0)] } ?? []
            }
        )
    }
}

/// Where tickets lie between two transactions.
struct TicketShelf {
    var policy: TicketPolicy
    var facts: @Sendable (DeviceID) -> DeviceFacts?
    private(set) var tickets: [Int64: FaultTicket] = [:]
    private(set) var moves: [TicketMove] = []
    private(set) var notices: [Notice] = []

    init(policy: TicketPolicy, facts: @escaping @Sendable (DeviceID) -> DeviceFacts? = TicketShelf.facts) {
        (self.policy, self.facts) = (policy, facts)
    }

    static let maintainer = Recipient(key: "M1", name: "North")

    @Sendable static func facts(_ device: DeviceID) -> DeviceFacts? {
        DeviceFacts(
            key: "D\(device.number)",
            name: "Device \(device.number)",
            kind: .camera,
            stakeMark: StakeMark(metres: Int(device.number) * 100),
            maintainer: Self.maintainer
        )
    }

    var live: [FaultTicket] { self.tickets.values.filter(\.isLive).sorted { $0.number < $1.number } }

    /// Lends the desk only the tickets of the devices in question, as the ledger does.
    @discardableResult
    mutating func receive(_ events: [FaultEvent]) -> TicketChanges {
        let roots = Set(events.flatMap(\.roots))
        var lent = self.tickets.filter { roots.contains($0.value.root) }
        for ticket in lent.values {
            if case .merged(let number, _) = ticket.stage { lent[number] = self.tickets[number] }
        }
        var desk = self.desk(of: Array(lent.values))
        let changes = desk.receive(events, facts: self.facts)
        self.keep(changes)
        return changes
    }

    @discardableResult
    mutating func tick(_ now: Timestamp) -> TicketChanges {
        var desk = self.desk(of: self.tickets.values.filter { $0.nextDeadline.map { $0 <= now } ?? false })
        let changes = desk.tick(now, facts: self.facts)
        self.keep(changes)
        return changes
    }

    @discardableResult
    mutating func ask(_ request: TicketRequest, on number: Int64, at now: Timestamp) throws -> TicketChanges {
        var desk = self.desk(of: Array(self.tickets.values))
        let changes = try desk.perform(request, on: number, by: "li", at: now, facts: self.facts)
        self.keep(changes)
        return changes
    }

    private func desk(of tickets: [FaultTicket]) -> TicketDesk {
        TicketDesk(tickets: tickets, nextNumber: (self.tickets.keys.max() ?? 0) + 1, policy: self.policy)
    }

    private mutating func keep(_ changes: TicketChanges) {
        for ticket in changes.tickets { self.tickets[ticket.number] = FaultTicket(bytes: ticket.bytes) }
        self.moves += changes.moves
        self.notices += changes.notices
    }
}
