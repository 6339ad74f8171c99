internal import ArgumentParser
internal import Foundation
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideSimulation

/// Runs the real machines over a made-up province, and holds them to their invariants (模拟).
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Run the real machines over a made-up province, every invariant checked at every step.",
        discussion: """
              wayside simulate --seed 7 --days 31 --cameras 1000
              wayside simulate --seed 7 --days 3 --cameras 60 --out /tmp/seven --rule province-time-weighted
              wayside replay --inventory /tmp/seven --observations /tmp/seven/observations.ndjson \\
                --exemptions /tmp/seven/exemptions.ndjson --rule /tmp/seven/rules/province-time-weighted.yaml \\
                --day 2026-03-01

            Everything follows from the seed: the same seed gives the same figures and the same digest on every \
            machine. An invariant that does not hold ends it with 1 and names the seed, the step, the instant, the \
            device and what differed. Where an interval is longer than a rule's validity allows, the validity is \
            made longer, also in the copy of the rule.
            """
    )

    @Option(help: ArgumentHelp("From which everything random follows.", valueName: "number")) var seed: UInt64
    @Option(help: ArgumentHelp("How many days.", valueName: "number")) var days: Int
    @Option(help: ArgumentHelp("How many cameras.", valueName: "number")) var cameras: Int
    @Option(help: "First day, YYYY-MM-DD.") var from = ServiceDay(number: 20_513)
    @Option(help: ArgumentHelp("Write inventory, observations, exemptions and rules here.", valueName: "dir"))
    var out: String?
    @Option(
        name: .customLong("rule"),
        help: ArgumentHelp("Rate rule; may be given several times.", valueName: "id")
    )
    var ruleNames: [String] = []
    @OptionGroup var rules: RuleOptions
    @Option(help: ArgumentHelp("From one reach probe to the next.", valueName: "seconds")) var reachInterval =
        60
    @Option(help: ArgumentHelp("From one stream probe to the next.", valueName: "seconds"))
    var streamInterval = 300
    @Option(help: ArgumentHelp("From one batch of the journal to the next.", valueName: "seconds")) var step =
        60
    @Option(help: ArgumentHelp("How many times as many faults as usual.", valueName: "number")) var trouble =
        1
    @Option(help: ArgumentHelp("Break something on purpose: \(Self.flaws).", valueName: "flaw"))
    var flaw: String?
    @Flag(name: .customLong("once"), help: "Do not fold the whole journal again at the end.") var isOnce =
        false
    @Option(help: "table, json or csv.") var format: Format = .table

    private static let flaws = SimulationSettings.Flaw.allCases.map(\.rawValue).joined(separator: ", ")

    func run() async throws {
        let known = try self.rules.read()
        let names = self.ruleNames.isEmpty ? [Rules.usual, "contractor"] : self.ruleNames
        let settings: SimulationSettings
        let texts: [SimulatedRule]
        do {
            texts = try names.map { try SimulatedRule($0, among: known) }
            settings = try self.settings(texts.map(\.rule))
        } catch let error as FilesError {
            throw Ending.asked("\(error)")
        }
        var simulation = Simulation(settings)
        do {
            var files = try self.out.map { try SimulatedFiles($0, simulation.province) }
            while let step = try simulation.step() {
                try files?.write(step.batch)
                if let day = step.dayOver { self.tell(day, step, simulation) }
            }
            try files?.finish(texts, settings)
        } catch let violation as SimulationViolation {
            Output.note("wayside: an invariant does not hold: \(violation)")
            Output.note("wayside: to see it again: \(self.again(names))")
            throw Ending.no
        } catch let error as LineSink.Failure {
            throw Ending.ours("\(error)")
        }
        let table = Self.table(simulation)
        Output.print(table, as: self.format)
        if self.format == .table { Output.note(Self.counts(simulation)) }
    }

    private func settings(_ rules: [RateRule]) throws -> SimulationSettings {
        var settings = SimulationSettings(
            seed: self.seed,
            days: self.days,
            cameras: self.cameras,
            from: self.from,
            rules: rules
        )
        let seconds = 1...21_600
        for value in [self.reachInterval, self.streamInterval, self.step] where !seconds.contains(value) {
            throw Ending.asked("an interval of \(value) s cannot be; name one from 1 to 21600")
        }
        settings.reachIntervalMilliseconds = Int64(self.reachInterval) * 1_000
        settings.streamIntervalMilliseconds = Int64(self.streamInterval) * 1_000
        settings.stepMilliseconds = Int64(self.step) * 1_000
        settings.trouble = Int64(self.trouble)
        settings.refoldsEverything = !self.isOnce
        if let flaw {
            settings.flaw = SimulationSettings.Flaw(rawValue: flaw)
            if settings.flaw == nil {
                throw Ending.asked("there is no flaw \(flaw); known are \(Self.flaws)")
            }
        }
        guard settings.complaints.isEmpty else {
            throw Ending.asked(settings.complaints.joined(separator: "; "))
        }
        return settings
    }

    /// The command line that shows the same again.
    private func again(_ names: [String]) -> String {
        var words = ["wayside simulate --seed \(self.seed) --days \(self.days) --cameras \(self.cameras)"]
        words += ["--from \(self.from)"] + names.map { "--rule \($0)" }
        if let folder = self.rules.rulesFolder { words.append("--rules-dir \(folder)") }
        words += ["--reach-interval \(self.reachInterval) --stream-interval \(self.streamInterval)"]
        words += ["--step \(self.step) --trouble \(self.trouble)"]
        if let flaw { words.append("--flaw \(flaw)") }
        if self.isOnce { words.append("--once") }
        return words.joined(separator: " ")
    }

    private func tell(_ day: ServiceDay, _ step: Simulation.Step, _ simulation: Simulation) {
        let finished = Set(step.finished.map(\.day)).sorted().map { "\($0)" }.joined(separator: " ")
        Output.note(
            "\(day) over: steps \(simulation.steps), observations \(simulation.observations), changes "
                + "\(simulation.changes), folded again \(simulation.refolds), held \(simulation.held)"
                + (finished.isEmpty ? "" : "; final: \(finished)")
        )
    }

    private static func counts(_ simulation: Simulation) -> String {
        "observations \(simulation.observations) (\(simulation.doubled) given twice, \(simulation.delayed) late), voids "
            + "\(simulation.voids), tracks folded again \(simulation.refolds); every invariant held"
    }

    private static func table(_ simulation: Simulation) -> Table {
        func number(_ id: String, _ zh: String) -> Table.Column { Table.Column(id, zh, isNumeric: true) }
        return Table(
            columns: [
                Table.Column("rule", "口径"), number("days", "天数"), number("devices", "设备数"),
                number("raw", "原始在线率"), number("assessed", "考核在线率"), number("coverage", "覆盖率"),
                number("error_low", "误差下限"), number("error_high", "误差上限"),
                number("tickets_opened", "开单"), number("tickets_closed", "销单"),
                number("observations", "观测数"), number("changes", "变化数"), number("steps", "步数"),
                Table.Column("digest", "摘要"),
            ],
            rows: simulation.figures.map { figures in
                [
                    .text("\(figures.rule.id) v\(figures.rule.version)"), .integer(Int64(figures.days)),
                    .integer(Int64(figures.devices)), .text(figures.raw.text), .text(figures.assessed.text),
                    .text(figures.coverage.text), .text(figures.low.text), .text(figures.high.text),
                    .integer(Int64(simulation.ticketsOpened)), .integer(Int64(simulation.ticketsClosed)),
                    .integer(Int64(simulation.observations)), .integer(Int64(simulation.changes)),
                    .integer(Int64(simulation.steps)), .text("\(figures.digest)"),
                ]
            }
        )
    }
}
