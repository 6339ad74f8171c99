internal import Hummingbird

/// Rates.
struct RateRoutes {
    let data: ConsoleData

    func add(to group: RouterGroup<some RequestContext>) {
        group.get("rates") { request, context in
            let question = try Question(request, context, known: ["day", "rule", "detail"])
            let detail = try question.word("detail", of: ["devices", "groups"])
            let sheet = try await self.data.rates(question.day(), question.rule())
            let view = RateView(sheet, inventory: try await self.data.inventory())
            return JSONResponse(view.json(groupsOnly: detail == "groups"))
        }
    }
}
