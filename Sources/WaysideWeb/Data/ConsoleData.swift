public import WaysideCore

/// Where the console's answers come from: one closure a question, filled by whoever puts the program together.
///
/// A closure that has no answer throws ``ConsoleProblem``; what else it throws is logged whole and told as our own
/// fault, without its words. Every closure may be called many times at once.
public struct ConsoleData: Sendable {
    /// The inventory as it is now.
    public var inventory: @Sendable () async throws -> Inventory
    /// The road as it is now.
    public var status: @Sendable () async throws -> RoadStatus
    /// What is known of the device of that key besides its status; `nil` when there is no such device.
    public var device: @Sendable (_ key: String) async throws -> DeviceHistory?
    /// A device's day by a rule; of today and by the rule in use where these are `nil`. `nil` when there is no such
    /// device.
    public var explain:
        @Sendable (_ key: String, _ day: ServiceDay?, _ rule: String?) async throws -> DayExplanation?
    /// Tickets that are neither closed nor merged, the latest first.
    public var tickets: @Sendable () async throws -> [FaultTicket]
    /// The ticket of that number with its steps; `nil` when there is none.
    public var ticket: @Sendable (_ number: Int64) async throws -> TicketHistory?
    /// The sheet of a day by a rule; of today and by the rule in use where these are `nil`.
    public var rates: @Sendable (_ day: ServiceDay?, _ rule: String?) async throws -> RateSheet
    /// Every rate rule with its text.
    public var rules: @Sendable () async throws -> [RuleText]
    /// What was published of periods that begin in the month of that day, the latest first; of every period with `nil`.
    public var reports: @Sendable (_ day: ServiceDay?) async throws -> [PublishedReport]
    /// The figures of a published report as the JSON that was hashed; of the latest revision with `nil`. `nil` when there
    /// is no such report.
    public var reportFigures: @Sendable (_ id: String, _ revision: Int?) async throws -> String?
    /// Exemptions that touch the month of that day; of this month with `nil`.
    public var exemptions: @Sendable (_ day: ServiceDay?) async throws -> [ExemptionCase]
    /// The series of health that the device of that key has or had; `nil` when there is no such device.
    public var healthSeries: @Sendable (_ key: String) async throws -> [HealthSeries]?
    /// A series of health over time; `nil` when there is no such device.
    public var healthHistory: @Sendable (_ question: HealthQuestion) async throws -> HealthAnswer?
    /// What SNMP agents do against their standard, by device and kind; of devices that have left the inventory too.
    public var defects: @Sendable () async throws -> [AgentDefect]
    /// Cameras whose places contradict one another now; of devices that have left the inventory too.
    public var disagreements: @Sendable () async throws -> ConsoleDisagreements
    /// What changed after that event, oldest first, at most so many.
    public var events: @Sendable (_ after: Int64, _ limit: Int) async throws -> ConsoleEventPage
    /// Returns when there may be an event after that one; at once when there is. May return too early, never too
    /// late, and stops when its task is cancelled.
    public var waitForEvents: @Sendable (_ after: Int64) async throws -> Void
    /// How the watching itself goes; answers at once, without asking the database.
    public var health: @Sendable () async -> ConsoleHealth
    /// The metrics of everything but the console, in the text format of Prometheus 0.0.4, ending with a line feed.
    public var metrics: @Sendable () async throws -> String

    /// All the answers.
    public init(
        inventory: @escaping @Sendable () async throws -> Inventory,
        status: @escaping @Sendable () async throws -> RoadStatus,
        device: @escaping @Sendable (String) async throws -> DeviceHistory?,
        explain: @escaping @Sendable (String, ServiceDay?, String?) async throws -> DayExplanation?,
        tickets: @escaping @Sendable () async throws -> [FaultTicket],
        ticket: @escaping @Sendable (Int64) async throws -> TicketHistory?,
        rates: @escaping @Sendable (ServiceDay?, String?) async throws -> RateSheet,
        rules: @escaping @Sendable () async throws -> [RuleText],
        reports: @escaping @Sendable (ServiceDay?) async throws -> [PublishedReport],
        reportFigures: @escaping @Sendable (String, Int?) async throws -> String?,
        exemptions: @escaping @Sendable (ServiceDay?) async throws -> [ExemptionCase],
        healthSeries: @escaping @Sendable (String) async throws -> [HealthSeries]?,
        healthHistory: @escaping @Sendable (HealthQuestion) async throws -> HealthAnswer?,
        defects: @escaping @Sendable () async throws -> [AgentDefect],
        disagreements: @escaping @Sendable () async throws -> ConsoleDisagreements,
        events: @escaping @Sendable (Int64, Int) async throws -> ConsoleEventPage,
        waitForEvents: @escaping @Sendable (Int64) async throws -> Void,
        health: @escaping @Sendable () async -> ConsoleHealth,
        metrics: @escaping @Sendable () async throws -> String
    ) {
        (self.inventory, self.status, self.device, self.explain) = (inventory, status, device, explain)
        (self.tickets, self.ticket, self.rates) = (tickets, ticket, rates)
        (self.rules, self.reports, self.reportFigures) = (rules, reports, reportFigures)
        self.exemptions = exemptions
        (self.healthSeries, self.healthHistory) = (healthSeries, healthHistory)
        (self.defects, self.disagreements) = (defects, disagreements)
        (self.events, self.waitForEvents) = (events, waitForEvents)
        (self.health, self.metrics) = (health, metrics)
    }
}

/// Why there is no answer, in words that may be shown to whoever asked.
public struct ConsoleProblem: Error, Hashable, Sendable {
    /// Whose turn it is to do something about it.
    public enum Kind: Hashable, Sendable {
        /// What was asked for does not exist (404).
        case noSuchThing
        /// The question makes no sense (400).
        case askedWrongly
        /// It cannot be answered now, but may be later (503).
        case notNow
    }

    /// What kind of problem.
    public let kind: Kind
    /// What is wrong and how to mend it, in a sentence.
    public let detail: String

    /// A problem.
    public init(_ kind: Kind, _ detail: String) { (self.kind, self.detail) = (kind, detail) }
}
