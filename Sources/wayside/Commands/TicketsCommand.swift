internal import ArgumentParser
internal import Foundation
internal import WaysideCore
internal import WaysideReports
internal import WaysideStore

/// Fault tickets (故障工单).
struct TicketsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tickets",
        abstract: "List fault tickets, look at one, and move it on.",
        subcommands: [List.self, Show.self, Accept.self, Repaired.self, Reject.self],
        defaultSubcommand: List.self
    )

    /// Live tickets.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Live tickets, or with --day those opened that day."
        )
        @OptionGroup var data: DataOptions
        @Option(help: "Those opened on that day, closed ones too.") var day: ServiceDay?
        @Option(help: "table, json or csv.") var format: Format = .table

        func run() async throws {
            try await Answering.answer(self.data) { database in
                let queries = TicketQueries(database.store)
                let tickets =
                    try await self.day == nil
                    ? queries.live() : queries.tickets(openedIn: self.day?.span ?? .always, atMost: 10_000)
                let inventory = try await InventoryStore(database.store).load()
                Output.print(TicketTable.table(tickets, inventory: inventory), as: self.format)
            }
        }
    }

    /// One ticket with its steps.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "One ticket: its steps and what hangs on it."
        )
        @Argument(help: "Number.") var number: Int64
        @OptionGroup var data: DataOptions
        @Option(help: "table, json or csv.") var format: Format = .table

        func run() async throws {
            try await Answering.answer(self.data) { database in
                guard let record = try await TicketQueries(database.store).record(self.number) else {
                    throw Ending.asked("there is no ticket \(self.number)")
                }
                let inventory = try await InventoryStore(database.store).load()
                if self.format == .table {
                    Output.print(TicketTable.table([record.ticket], inventory: inventory).text)
                    for affected in record.affected {
                        let name = inventory.device(affected.device)?.name ?? "\(affected.device)"
                        Output.say("  影响 affected: \(name)")
                    }
                }
                Output.print(TicketTable.steps(record.moves), as: self.format)
            }
        }
    }

    /// What every step needs.
    struct StepOptions: ParsableArguments {
        @Argument(help: "Number.") var number: Int64
        @Option(name: .customLong("as"), help: "In whose name (default: the system user).") var person:
            String?
        @OptionGroup var data: DataOptions

        func perform(_ request: TicketRequest) async throws {
            try await Answering.answer(self.data) { database in
                do {
                    let ticket = try await TicketStore(database.store).perform(
                        request,
                        on: self.number,
                        by: self.person ?? NSUserName(),
                        at: WallClock.now()
                    )
                    Output.say("ticket \(ticket.number): \(ticket.stage.name.rawValue)")
                } catch let refusal as Refusal {
                    throw Ending.asked("\(refusal)")
                }
            }
        }
    }

    /// Takes a ticket in hand.
    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "接单 · Take the ticket in hand.")
        @OptionGroup var step: StepOptions
        func run() async throws { try await self.step.perform(.accept) }
    }

    /// Says that it is done.
    struct Repaired: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "报修复 · Say it is done; probes must agree.")
        @OptionGroup var step: StepOptions
        @Option(help: "What shows it.") var evidence: String
        func run() async throws { try await self.step.perform(.reportRepaired(evidence: self.evidence)) }
    }

    /// Says that it is not done.
    struct Reject: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "驳回 · Say it is not done.")
        @OptionGroup var step: StepOptions
        @Option(help: "Why.") var reason: String
        func run() async throws { try await self.step.perform(.reject(reason: self.reason)) }
    }
}
