internal import ArgumentParser
internal import Glibc
internal import WaysideCore
internal import WaysideReports
internal import WaysideStore
internal import WaysideWeb

/// A device's health over time (健康历史).
struct HistoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "A device's health over time: a metric as chart, table, CSV or JSON.",
        discussion: """
              wayside history SW-1 '*' --format csv                       every value of every metric
              wayside history SW-1                                        which metrics there are
              wayside history SW-1 cpu.load                               the last 24 hours, as a chart
              wayside history SW-1 'interface.in_octets[GE0/0/1]' --from 2026-03-01 --to 2026-03-02 --every 1h

            Counters are drawn and listed as rates a second beside what was read. Gaps stay gaps. Without --every single \
            values are given, and sums of five minutes or hours in charts of more than a day or a week.
            """
    )

    /// How it is shown.
    enum Shape: String, ExpressibleByArgument, CaseIterable {
        case table, csv, json, chart
    }

    @OptionGroup var data: DataOptions
    @Argument(help: ArgumentHelp("The device's key.", valueName: "device")) var device: String
    @Argument(help: ArgumentHelp("A metric: name or name[instance].", valueName: "metric")) var metric:
        String?
    @Option(
        help: ArgumentHelp("From this instant or day (default: a day before --to).", valueName: "instant")
    )
    var from: Moment?
    @Option(
        help: ArgumentHelp(
            "Up to this instant, or the begin of this day (default: now).",
            valueName: "instant"
        )
    )
    var to: Moment?
    @Option(help: "raw, 5m or 1h.") var every: HealthHistory.Grain?
    @Option(help: "table, csv, json or chart (default: chart in a terminal, table elsewhere).") var format:
        Shape?
    @Option(help: "Columns of the chart (default: the terminal's, else 80), 40 to 400.") var width: Int?

    func validate() throws {
        if let width = self.width, !(40...400).contains(width) {
            throw ValidationError("--width is 40 to 400")
        }
    }

    func run() async throws {
        let now = WallClock.now()
        let to = self.to?.instant ?? now
        let from = self.from?.instant ?? to - ServiceDay.lengthMilliseconds
        guard from < to else { throw Ending.asked("--from \(from) is not before --to \(to); swap them") }
        try await Answering.answer(self.data) { database in
            let inventory = try await InventoryStore(database.store).load()
            guard let device = inventory.device(key: self.device) else {
                throw Ending.asked(
                    "there is no device \(self.device); `wayside import` lists and adds devices"
                )
            }
            let history = HealthHistory(database.store)
            guard let metric = self.metric else {
                let series = try await history.series(of: device.id, now: now)
                return Output.print(HistoryTable.series(series), as: self.tableFormat)
            }
            guard metric != "*" else {
                guard to - from <= 7 * ServiceDay.lengthMilliseconds else {
                    throw Ending.asked(
                        "every metric at once is given for a week at most; ask for less, or for one metric"
                    )
                }
                let all = try await history.readAll(device.id, from: from, to: to)
                return Output.print(HistoryTable.all(all), as: self.tableFormat)
            }
            let (name, instance) = Self.parts(of: metric)
            let shape = self.format ?? (isatty(STDOUT_FILENO) == 1 ? .chart : .table)
            let grain = self.every ?? (shape == .chart ? Self.grain(for: to - from) : .raw)
            let asking = HealthAsking(history: history, device: device, now: now)
            do {
                let answer = try await asking.answer(
                    name,
                    instance,
                    from: from,
                    to: to,
                    every: grain.milliseconds
                )
                self.show(answer, as: shape)
            } catch let refusal as HealthAsking.Refusal {
                throw Ending.asked("\(refusal)")
            }
        }
    }

    private var tableFormat: Format {
        switch self.format {
        case .csv: .csv
        case .json: .json
        case .table, .chart, nil: .table
        }
    }

    /// Single values of a day, sums of five minutes of a week, hours beyond.
    private static func grain(for milliseconds: Int64) -> HealthHistory.Grain {
        let days = milliseconds / ServiceDay.lengthMilliseconds
        return days <= 1 ? .raw : days <= 7 ? .fiveMinutes : .hour
    }

    /// `name[instance]`; an instance may hold brackets of its own.
    static func parts(of text: String) -> (name: String, instance: String) {
        guard text.hasSuffix("]"), let open = text.firstIndex(of: "[") else { return (text, "") }
        return (String(text[..<open]), String(text[text.index(after: open)...].dropLast()))
    }

    private func show(_ answer: HealthAnswer, as shape: Shape) {
        if case .points(_, isCut: true) = answer.content {
            Output.note("wayside: only the latest million values are shown; ask for less time, or --every 5m")
        }
        guard shape != .chart else {
            let lines = HistoryChart(answer).lines(width: self.width ?? Self.terminalWidth, height: 12)
            return Output.say(lines.joined(separator: "\n"))
        }
        Output.print(HistoryTable.values(answer), as: self.tableFormat)
    }

    /// The terminal's columns, within reason; 80 when there is none.
    private static var terminalWidth: Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return min(max(Int(size.ws_col), 40), 400)
    }
}

/// An instant, or a day for its 00:00.
struct Moment: ExpressibleByArgument {
    let instant: Timestamp

    init?(argument: String) {
        guard let instant = Timestamp(argument) ?? ServiceDay(argument)?.start else { return nil }
        self.instant = instant
    }
}
