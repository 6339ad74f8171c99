internal import Hummingbird
internal import WaysideReports

/// Tickets.
struct TicketRoutes {
    let data: ConsoleData

    func add(to group: RouterGroup<some RequestContext>) {
        group.get("tickets") { request, context in
            _ = try Question(request, context)
            let inventory = try await self.data.inventory()
            let at = await self.data.health().at
            let tickets = try await self.data.tickets().map {
                TicketView($0, inventory: inventory, at: at).json
            }
            return JSONResponse(.object(["at": .instant(at), "tickets": .array(tickets)]))
        }
        group.get("tickets/:number") { request, context in
            let number = try Question(request, context).number("number")
            guard let history = try await self.data.ticket(number) else {
                throw Problem.noSuch("ticket", number)
            }
            let inventory = try await self.data.inventory()
            let view = TicketView(history.ticket, inventory: inventory, at: await self.data.health().at)
            return JSONResponse(view.json(with: history))
        }
    }
}
