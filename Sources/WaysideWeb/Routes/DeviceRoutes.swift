internal import Hummingbird
internal import WaysideCore
internal import WaysideReports

/// One device: why, since when, who must act, until when; and what stands behind its figure.
struct DeviceRoutes {
    let data: ConsoleData

    func add(to group: RouterGroup<some RequestContext>) {
        group.get("devices/:key") { request, context in
            let key = try Question(request, context).key("key")
            return JSONResponse(try await self.device(key))
        }
        group.get("devices/:key/explain") { request, context in
            let question = try Question(request, context, known: ["day", "rule"])
            let key = try question.key("key")
            guard let explanation = try await self.data.explain(key, question.day(), question.rule()) else {
                throw Problem.noSuch("device", key)
            }
            return JSONResponse(explanation.json)
        }
    }

    private func device(_ key: String) async throws -> JSONText {
        let inventory = try await self.data.inventory()
        let road = RoadView(try await self.data.status(), inventory: inventory)
        guard let device = inventory.device(key: key), let history = try await self.data.device(key) else {
            throw Problem.noSuch("device", key)
        }
        guard let view = road.device(key: key) else {
            throw Problem(.notFound, "device \(key) is not in service on \(road.day)")
        }
        return .object(
            road.members(of: view) + [
                JSONText.Member("at", .instant(road.status.at)),
                JSONText.Member("address", .text(device.address)),
                JSONText.Member("area", .text(device.area)),
                JSONText.Member("gb_id", .text(device.gbID)),
                JSONText.Member("commissioned_on", .text(device.commissionedOn?.description)),
                JSONText.Member(
                    "downstream",
                    .array(road.devices.filter { $0.assignment.upstreams.contains(key) }.map(road.json(of:)))
                ),
                JSONText.Member(
                    "open_ticket",
                    view.ticket.map { TicketView($0, inventory: inventory, at: road.status.at).json } ?? .null
                ),
                JSONText.Member(
                    "tickets",
                    .array(
                        history.tickets.map { TicketView($0, inventory: inventory, at: road.status.at).json }
                    )
                ),
                JSONText.Member("changes", .array(history.lastEvents.map { .event($0, in: inventory) })),
                JSONText.Member("observations", .array(history.lastObservations.map { .observation($0) })),
                JSONText.Member("hops", history.hops.map { HopTableReport($0).json } ?? .null),
                JSONText.Member("defects", .array(history.defects.map { .object(JSONText.members(of: $0)) })),
            ]
        )
    }
}
