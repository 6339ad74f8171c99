internal import ArgumentParser
internal import SNMP
internal import WaysideReports

/// Asks an agent for single objects.
struct SNMPGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Ask for single objects (GET), such as the name and the running time of a switch.",
        discussion: """
              wayside snmp get 198.18.1.1 1.3.6.1.2.1.1.5.0 1.3.6.1.2.1.1.3.0 --community -

            An object that the agent does not have is an answer too: its type says no_such_object or no_such_instance.
            Ends with 1 when the agent is silent or refuses.
            """
    )

    @OptionGroup
    var options: SNMPOptions

    @Argument(help: ArgumentHelp("Objects by number, such as 1.3.6.1.2.1.1.5.0.", valueName: "oid"))
    var objects: [String]

    func run() async throws {
        let names = try self.objects.map(SNMPCommandRows.name)
        let agent = try await self.options.agent()
        let engine = try self.options.engine()
        let answer = await engine.get(names, from: agent)
        await engine.close()
        guard case .response(let varBinds, let took) = answer else {
            throw SNMPCommandRows.ending(answer, agent)
        }
        let table = SNMPCommandRows.table(varBinds)
        if self.options.format == .json {
            Output.say(
                JSONText.object([
                    "agent": .string("\(agent.address)"), "took_ms": .integer(took.wholeMilliseconds),
                    "objects": table.json,
                ]).pretty
            )
        } else {
            Output.print(table, as: self.options.format)
        }
    }
}

/// Walks through all objects below one.
struct SNMPWalkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "walk",
        abstract: "List everything below an object (GETBULK), such as a switch's table of ports.",
        discussion: """
              wayside snmp walk 198.18.1.1 1.3.6.1.2.1.2.2 --community - --format csv

            A walk that was cut says so and why, and keeps what it has. Ends with 1 when the agent is silent, refuses,
            or cuts the walk short.
            """
    )

    @OptionGroup
    var options: SNMPOptions

    @Argument(help: ArgumentHelp("Where the walk begins, by number.", valueName: "oid"))
    var root: String

    @Option(help: ArgumentHelp("Rows at most, 1 to 1000000.", valueName: "count"))
    var rows: Int = 50_000

    func run() async throws {
        let root = try SNMPCommandRows.name(self.root)
        guard (1...1_000_000).contains(self.rows) else {
            throw Ending.asked("--rows \(self.rows) is outside 1 to 1000000")
        }
        let agent = try await self.options.agent()
        let engine = try self.options.engine()
        var limits = WalkLimits(rows: self.rows)
        if let deadline = self.options.deadline { limits.deadline = deadline.duration }
        let walk = await engine.walk(root, on: agent, limits: limits)
        await engine.close()
        if walk.rows.isEmpty, case .unanswered(let answer) = walk.cut {
            throw SNMPCommandRows.ending(answer, agent)
        }
        let table = SNMPCommandRows.table(walk.rows)
        let cut = walk.cut.map(SNMPCommandRows.words)
        if self.options.format == .json {
            Output.say(
                JSONText.object([
                    "agent": .string("\(agent.address)"), "root": .string("\(root)"),
                    "took_ms": .integer(walk.took.wholeMilliseconds), "partial": .bool(walk.isPartial),
                    "cut": cut.map { .string($0) }, "objects": table.json,
                ]).pretty
            )
        } else {
            Output.print(table, as: self.options.format)
        }
        guard let cut else { return }
        Output.note("wayside: the walk is not whole: \(cut)")
        if walk.cut != .rowLimit { throw Ending.no }
    }
}
