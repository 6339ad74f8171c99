internal import Hummingbird
internal import WaysideCore
internal import WaysideReports

/// What the places of the estate's cameras say against one another.
struct HopRoutes {
    let data: ConsoleData

    func add(to group: RouterGroup<some RequestContext>) {
        group.get("disagreements") { request, context in
            _ = try Question(request, context)
            let inventory = try await self.data.inventory()
            let all = try await self.data.disagreements()
            let at = await self.data.health().at
            let day = ServiceDay(containing: at)
            let rows: [JSONText] = all.listed.compactMap { one in
                guard let device = inventory.device(key: one.device) else { return nil }
                return .object([
                    "device": .place(device, on: day), "finding": .string(one.finding.rawValue),
                    "first_failing": .text(one.firstFailing?.rawValue),
                    "first_seen_at": .instant(one.firstSeenAt), "last_seen_at": .instant(one.lastSeenAt),
                ])
            }
            return JSONResponse(
                .object([
                    "at": .instant(at),
                    "counts": .object(
                        HopTable.Finding.allCases.map {
                            JSONText.Member($0.rawValue, .integer(Int64(all.counts[$0] ?? 0)))
                        }
                    ),
                    "left_off": .integer(Int64(all.counts.values.reduce(0, +) - all.listed.count)),
                    "disagreements": .array(rows),
                ])
            )
        }
    }
}
