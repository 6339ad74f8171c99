internal import HTTPTypes
internal import Hummingbird
internal import WaysideReports

/// The road as it is, and what changes on it.
struct StatusRoutes {
    /// What an event source sends when it comes back (HTML Living Standard §9.2.4).
    private static let lastEventID = HTTPField.Name("Last-Event-ID")

    let data: ConsoleData
    let updates: LiveUpdates

    func add(to group: RouterGroup<some RequestContext>) {
        group.get("status") { request, context in
            _ = try Question(request, context)
            return JSONResponse(try await self.road())
        }
        group.get("events") { request, context in
            let question = try Question(request, context, known: ["after"])
            let after = try question.sequence("after")
            let header = try Self.lastEventID.flatMap { request.headers[$0] }.map {
                try Question.sequence($0, from: "Last-Event-ID")
            }
            return try await self.updates.response(after: header ?? after)
        }
    }

    private func road() async throws -> JSONText {
        let inventory = try await self.data.inventory()
        let status = try await self.data.status()
        return RoadView(status, inventory: inventory).json(await self.data.health())
    }
}
