import Synchronization
import WaysideCore
import WaysideWeb

// What happens on it.
extension MadeUpRoad {
    func isDark(_ device: Device, _ scene: Scene) -> Bool {
        switch scene {
        case .allWell, .stale: false
        case .cameraOff: device.key == self.camera("K12+300")
        case .switchDown: device.key == "SW-2" || device.assignment.upstreams == ["SW-2"]
        case .mixed:
            device.key == "SW-3" || device.assignment.upstreams == ["SW-3"]
                || device.key == self.camera("K12+300")
        }
    }

    func status() -> RoadStatus {
        let (scene, events) = self.state.withLock { ($0.scene, $0.events) }
        var statuses: [LiveStatus] = []
        for device in self.inventory.devices {
            for facet in Set(device.checks.map(\.facet)) {
                let isDark = self.isDark(device, scene)
                var live = LiveStatus(
                    device: device.id,
                    facet: facet,
                    status: isDark ? .offline : .online,
                    since: isDark ? Self.now - 95_000 : Self.now - 7_200_000,
                    cause: isDark ? .timeout : nil,
                    isFaltering: false,
                    knownAt: Self.now
                )
                if scene == .mixed, facet == .stream {
                    if device.key == self.camera("K16+250") {
                        (live.status, live.cause, live.since) = (.abnormal, .lossHigh, Self.now - 600_000)
                    } else if device.key == self.camera("K27+400") {
                        (live.status, live.cause, live.since) = (.unknown, .busy, Self.now - 60_000)
                    } else if device.key == self.camera("K29+850") {
                        live.isFaltering = true
                    }
                }
                statuses.append(live)
            }
        }
        let tickets = self.tickets(scene)
        var explanations: [DeviceID: Int64] = [:]
        for ticket in tickets {
            for affected in ticket.affected { explanations[affected.device] = ticket.number }
        }
        return RoadStatus(
            at: Self.now,
            statuses: statuses,
            tickets: tickets,
            explanations: explanations,
            lastEvents: Array(events.suffix(40).reversed()),
            lastSequence: events.last?.sequence ?? 0
        )
    }

    func tickets(_ scene: Scene) -> [FaultTicket] {
        var tickets: [FaultTicket] = []
        func open(
            _ number: Int64,
            _ key: String,
            _ facets: [Facet],
            _ maintainer: Recipient,
            isAccepted: Bool
        ) {
            guard let root = self.inventory.device(key: key) else { return }
            let below = self.inventory.devices.filter { $0.assignment.upstreams == [key] }
            let at = Self.now - 80_000
            tickets.append(
                FaultTicket(
                    number: number,
                    root: root.id,
                    openedAt: at,
                    facets: facets.map { FailedFacet(facet: $0, since: Self.now - 95_000, cause: .timeout) },
                    stage: isAccepted
                        ? .accepted(by: maintainer, at: at) : .dispatched(to: maintainer, at: at),
                    clock: RepairClock(startedAt: at, warnAt: at + 1_200_000, repairBy: at + 1_800_000),
                    affected: below.map { .init(device: $0.id, since: Self.now - 93_000) },
                    moveCount: 2
                )
            )
        }
        let tongtu = Recipient(key: "M-TT", name: "通途养护工程有限公司")
        let qiming = Recipient(key: "M-QM", name: "启明机电工程有限公司")
        switch scene {
        case .allWell, .stale: break
        case .cameraOff:
            open(12, self.camera("K12+300"), [.reachability, .stream], tongtu, isAccepted: false)
        case .switchDown: open(13, "SW-2", [.reachability], tongtu, isAccepted: true)
        case .mixed:
            open(15, "SW-3", [.reachability], qiming, isAccepted: true)
            open(12, self.camera("K12+300"), [.reachability, .stream], tongtu, isAccepted: false)
        }
        return tickets
    }

    func ticket(_ number: Int64) -> TicketHistory? {
        let all = Scene.allCases.flatMap { self.tickets($0) }
        guard let ticket = all.first(where: { $0.number == number }) else { return nil }
        let opening = TicketMove(
            ticketNumber: number,
            serial: 1,
            from: nil,
            to: .opened,
            action: .open,
            at: ticket.openedAt,
            by: .watch,
            reason: nil
        )
        let dispatch = TicketMove(
            ticketNumber: number,
            serial: 2,
            from: .opened,
            to: .dispatched,
            action: .dispatch,
            at: ticket.openedAt,
            by: .watch,
            reason: ticket.maintainer?.name
        )
        return TicketHistory(ticket: ticket, moves: [opening, dispatch], affected: ticket.affected)
    }

    func history(_ device: Device) -> DeviceHistory {
        let (scene, events) = self.state.withLock { ($0.scene, $0.events) }
        return DeviceHistory(
            tickets: self.tickets(scene).filter { $0.root == device.id },
            lastEvents: events.filter { $0.device == device.id }.reversed(),
            lastObservations: [
                Observation(
                    device: device.id,
                    check: .reach,
                    at: Self.now - 4_000,
                    outcome: .up,
                    tookMilliseconds: 3
                )
            ],
            hops: device.checks.contains(.stream) ? self.hops(device) : nil,
            defects: Self.defects.filter { $0.device == device.key }
        )
    }

    /// The camera itself plays, and its copy stands still.
    func hops(_ device: Device) -> HopTable {
        let looks: [(hop: Hop, outcome: Outcome, cause: Cause?, secondsAgo: Int64)] = [
            (.platform, .down, .stalePlaylist, 120), (.platform, .down, .stalePlaylist, 90),
            (.platform, .down, .stalePlaylist, 60), (.direct, .up, nil, 330), (.direct, .up, nil, 30),
        ]
        let seen = looks.map { look in
            Observation(
                device: device.id,
                check: .stream,
                hop: look.hop,
                at: Self.now - look.secondsAgo * 1_000,
                outcome: look.outcome,
                cause: look.cause
            )
        }
        return HopTable(device, observations: seen, now: Self.now) {
            ChainRule(
                missesToConfirm: 3,
                hitsToRecover: 1,
                validForMilliseconds: CheckCadence.usual($0).validForMilliseconds
            )
        }
    }

    /// One camera's copy stands still, and one has left the inventory; more are counted than are listed.
    var disagreements: ConsoleDisagreements {
        let listed = [self.camera("K14+700"), "CAM-GONE"].map { key in
            HopDisagreement(
                device: key,
                finding: .cloudStale,
                firstFailing: .platform,
                firstSeenAt: Self.now - 3_600_000,
                lastSeenAt: Self.now - 10_000
            )
        }
        return ConsoleDisagreements(listed: listed, counts: [.cloudStale: 2, .platformAway: 7])
    }

    func history(
        of scene: Scene
    ) -> [(device: String, content: ConsoleEvent.Content, at: Timestamp)] {
        let dark = self.inventory.devices.filter { self.isDark($0, scene) }
        var told: [(device: String, content: ConsoleEvent.Content, at: Timestamp)] = [
            (
                self.camera("K14+700"),
                .status(
                    .stream,
                    .offline,
                    before: .online,
                    since: Self.now - 8_100_000,
                    cause: .noMedia,
                    isFaltering: false
                ),
                Self.now - 8_090_000
            ),
            (
                self.camera("K14+700"),
                .status(
                    .stream,
                    .online,
                    before: .offline,
                    since: Self.now - 7_200_000,
                    cause: nil,
                    isFaltering: false
                ),
                Self.now - 7_190_000
            ),
        ]
        for device in dark {
            for facet in Facet.allCases where device.checks.contains(where: { $0.facet == facet }) {
                let content = ConsoleEvent.Content.status(
                    facet,
                    .offline,
                    before: .online,
                    since: Self.now - 95_000,
                    cause: .timeout,
                    isFaltering: false
                )
                told.append((device.key, content, Self.now - 88_000))
            }
        }
        for ticket in self.tickets(scene) {
            guard let root = self.inventory.device(ticket.root) else { continue }
            told.append((root.key, .ticket(number: ticket.number, action: .open), ticket.openedAt))
            told.append((root.key, .ticket(number: ticket.number, action: .dispatch), ticket.openedAt))
        }
        return told
    }
}
