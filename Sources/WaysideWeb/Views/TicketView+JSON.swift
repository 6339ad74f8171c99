internal import WaysideCore
internal import WaysideReports

extension TicketView {
    /// The ticket as it is.
    var json: JSONText { .object(self.members) }

    /// The members of ``json``.
    var members: [JSONText.Member] {
        [
            JSONText.Member("number", .integer(self.ticket.number)),
            JSONText.Member("stage", .string(self.ticket.stage.name.rawValue)),
            JSONText.Member("root", .place(self.root, on: self.day)),
            JSONText.Member(
                "facets",
                .array(
                    self.ticket.facets.map { failed in
                        .object([
                            "facet": .string(failed.facet.rawValue),
                            "since": .instant(failed.since),
                            "cause": .text(failed.cause?.rawValue),
                        ])
                    }
                )
            ),
            JSONText.Member("cause", .text(self.ticket.cause?.rawValue)),
            JSONText.Member("since", .instant(self.ticket.since)),
            JSONText.Member("opened_at", .instant(self.ticket.openedAt)),
            JSONText.Member("closed_at", .instant(self.ticket.closedAt)),
            JSONText.Member("repeat_count", .integer(Int64(self.ticket.repeatCount))),
            JSONText.Member("maintainer", .recipient(self.ticket.maintainer)),
            JSONText.Member("must_act", self.mustActJSON),
            JSONText.Member("repair_by", .instant(self.ticket.repairBy)),
            JSONText.Member("clock", self.ticket.clock.map(Self.json(of:)) ?? .null),
            JSONText.Member("affected_now", .integer(Int64(self.affectedNow))),
        ]
    }

    /// The ticket with its steps and everything that is or was dark because of it.
    func json(with history: TicketHistory) -> JSONText {
        .object(
            self.members + [
                JSONText.Member("affected", .array(history.affected.map(self.json(of:)))),
                JSONText.Member(
                    "moves",
                    .array(
                        history.moves.map { move in
                            .object([
                                "serial": .integer(Int64(move.serial)),
                                "at": .instant(move.at),
                                "action": .string(move.action.rawValue),
                                "from": .text(move.from?.rawValue),
                                "to": .string(move.to.rawValue),
                                "by": .string(move.by.name),
                                "reason": .text(move.reason),
                            ])
                        }
                    )
                ),
            ]
        )
    }

    private func json(of affected: FaultTicket.Affected) -> JSONText {
        .object([
            "device": .place(self.inventory.device(affected.device), on: self.day),
            "since": .instant(affected.since),
            "until": .instant(affected.until),
        ])
    }

    private var mustActJSON: JSONText {
        .object([
            "role": .string(self.actor.rawValue),
            "key": .text(self.mustAct?.key),
            "name": .text(self.mustAct?.name),
        ])
    }

    private static func json(of clock: RepairClock) -> JSONText {
        let (state, until, reason): (String, Timestamp?, String?) =
            switch clock.state {
            case .going: ("going", nil, nil)
            case .paused(let pause, _): ("paused", pause.until, pause.reason)
            case .stopped(let reason, _, _): ("stopped", nil, reason.rawValue)
            }
        let progress: String =
            switch clock.progress {
            case .running: "running"
            case .warned: "warned"
            case .breached: "breached"
            }
        return .object([
            "state": .string(state),
            "progress": .string(progress),
            "started_at": .instant(clock.startedAt),
            "warn_at": .instant(clock.warnAt),
            "repair_by": .instant(clock.repairBy),
            "paused_until": .instant(until),
            "reason": .text(reason),
        ])
    }
}
