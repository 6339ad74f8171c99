internal import WaysideCore
internal import WaysideReports

extension RoadView {
    /// The whole road.
    func json(_ health: ConsoleHealth) -> JSONText {
        .object([
            "at": .instant(self.status.at),
            "day": .string(self.day.description),
            "last_event_id": .integer(self.status.lastSequence),
            "health": .health(health),
            "counts": .object(
                [JSONText.Member("devices", .integer(Int64(self.devices.count)))]
                    + Shown.allCases.map { JSONText.Member($0.rawValue, .integer(Int64(self.count($0)))) }
                    + [
                        JSONText.Member(
                            "faltering",
                            .integer(Int64(self.devices.count(where: \.isFaltering)))
                        )
                    ]
            ),
            "roads": .array(self.roads),
            "devices": .array(self.devices.map(self.json(of:))),
            "tickets": .array(
                self.status.tickets.map { TicketView($0, inventory: self.inventory, at: self.status.at).json }
            ),
            "changes": .array(self.status.lastEvents.map { .event($0, in: self.inventory) }),
        ])
    }

    /// One device.
    func json(of view: DeviceView) -> JSONText {
        .object(self.members(of: view))
    }

    /// The members of ``json(of:)``.
    func members(of view: DeviceView) -> [JSONText.Member] {
        JSONText.placeMembers(view.device, on: self.day) + [
            JSONText.Member("position_class", .integer(Int64(view.device.positionClass))),
            JSONText.Member(
                "camera_type",
                view.device.cameraType.map { .integer(Int64($0.rawValue)) } ?? .null
            ),
            JSONText.Member("organization", .organization(view.assignment.organization, in: self.inventory)),
            JSONText.Member("maintainer", .organization(view.assignment.maintainer, in: self.inventory)),
            JSONText.Member("upstream", .words(view.assignment.upstreams)),
            JSONText.Member("checks", .words(view.device.checks.sorted().map(\.rawValue))),
            JSONText.Member("shown", .string(view.shown.rawValue)),
            JSONText.Member("since", .instant(view.since)),
            JSONText.Member("cause", .text(view.cause?.rawValue)),
            JSONText.Member("faltering", .bool(view.isFaltering)),
            JSONText.Member("facets", .array(view.facets.map(Self.json(of:)))),
            JSONText.Member("ticket", view.ticket.map { .integer($0.number) } ?? .null),
            JSONText.Member("root", .place(view.root, on: self.day)),
        ]
    }

    private static func json(of facet: FacetView) -> JSONText {
        .object([
            "facet": .string(facet.facet.rawValue),
            "status": .string(facet.status.name),
            "since": .instant(facet.since),
            "cause": .text(facet.cause?.rawValue),
            "faltering": .bool(facet.isFaltering),
            "known_at": .instant(facet.knownAt),
        ])
    }

    /// From where to where each road has devices, by name (bytes).
    private var roads: [JSONText] {
        var ends: [String: ClosedRange<Int>] = [:]
        for view in self.devices {
            guard let metres = view.device.stakeMark?.metres else { continue }
            for road in view.assignment.roads {
                let known = ends[road] ?? metres...metres
                ends[road] = min(known.lowerBound, metres)...max(known.upperBound, metres)
            }
        }
        return ends.sorted { $0.key.isBefore($1.key) }.map { road, range in
            .object([
                "road": .string(road),
                "from_m": .integer(Int64(range.lowerBound)),
                "to_m": .integer(Int64(range.upperBound)),
            ])
        }
    }
}
