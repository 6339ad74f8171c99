internal import ArgumentParser
internal import Glibc
internal import MediaProbe
internal import Synchronization
internal import WaysideReports
internal import WaysideService

/// Measures what looking at streams costs.
struct BenchProbeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Look at streams many times, and say what a look costs in processor time and on the clock.",
        discussion: """
            Asks the addresses in turn, each up to its first whole key frame, as the service does:

              wayside bench probe http://127.0.0.1:8080/flv/cam.flv --count 5000
              wayside bench probe rtsp://127.0.0.1:8554/cam0 rtsp://127.0.0.1:8554/cam1 --count 500 --lanes 8

            Processor time is this program's alone, not the server's. Run it on an idle machine. Ends with 1 when a
            look did not find media.
            """
    )

    @Argument(help: "Addresses that can take it.") var urls: [String]
    @Option(help: "Looks, 1 to 1000000.") var count = 1_000
    @Option(help: "Looks under way at once, 1 to 1024.") var lanes = 16
    @Option(help: "table, json or csv.") var format: Format = .table

    func validate() throws {
        guard !self.urls.isEmpty, (1...1_000_000).contains(self.count), (1...1_024).contains(self.lanes)
        else {
            throw ValidationError("give an address; --count is 1 to 1000000, --lanes 1 to 1024")
        }
    }

    func run() async throws {
        let targets = try self.urls.enumerated().map { index, url in
            do {
                return try MediaTarget(url)
            } catch {
                throw Ending.asked("address \(index + 1): \(error)")
            }
        }
        let tally = BenchProbeTally(count: self.count)
        let prober = MediaProber()
        let lane = BlockingLane(name: "probe", threadCount: self.lanes)
        defer { lane.close() }
        // The first look pays for what is made once, such as the list of authorities.
        _ = prober.inspect(targets[0])
        let (start, spent) = (ContinuousClock.now, Self.processorTime())
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<self.lanes {
                group.addTask(executorPreference: lane) {
                    while let index = tally.next() {
                        tally.add(prober.inspect(targets[index % targets.count]))
                    }
                }
            }
        }
        let (took, cost) = (ContinuousClock.now - start, Self.processorTime() - spent)
        Output.print(tally.table(took: took, processorTime: cost), as: self.format)
        if tally.upCount < self.count { throw Ending.no }
    }

    /// This process's own so far, in its code and in the kernel for it.
    private static func processorTime() -> Duration {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func duration(_ time: timeval) -> Duration {
            .seconds(time.tv_sec) + .microseconds(Int64(time.tv_usec))
        }
        return duration(usage.ru_utime) + duration(usage.ru_stime)
    }
}

/// What many looks gave, filled from many lanes.
private final class BenchProbeTally: Sendable {
    private struct State {
        var begun = 0
        var causes: [String: Int] = [:]
        var up = 0
        var took: [Duration] = []
    }

    private let count: Int
    private let state = Mutex(State())

    init(count: Int) { self.count = count }

    /// The number of the next look; nil when all are under way.
    func next() -> Int? {
        self.state.withLock { state in
            guard state.begun < self.count else { return nil }
            state.begun += 1
            return state.begun - 1
        }
    }

    func add(_ report: MediaReport) {
        self.state.withLock { state in
            state.took.append(report.took)
            if report.verdict == .up { state.up += 1 }
            if let cause = report.verdict.cause { state.causes[cause.rawValue, default: 0] += 1 }
        }
    }

    var upCount: Int { self.state.withLock { $0.up } }

    /// One row; times in milliseconds.
    func table(took: Duration, processorTime: Duration) -> Table {
        let state = self.state.withLock { $0 }
        let sorted = state.took.sorted()
        func thousandths(_ duration: Duration) -> Table.Cell {
            let thousandths = Int64((duration / .microseconds(1)).rounded())
            let rest = String(thousandths % 1_000)
            return .text("\(thousandths / 1_000)." + String(repeating: "0", count: 3 - rest.count) + rest)
        }
        let causes = state.causes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return Table(
            columns: [
                Table.Column("looks", "次数", isNumeric: true), Table.Column("up", "在线", isNumeric: true),
                Table.Column("per_second", "每秒", isNumeric: true),
                Table.Column("cpu_ms", "处理器毫秒", isNumeric: true),
                Table.Column("p50_ms", "中位", isNumeric: true),
                Table.Column("p99_ms", "百分之99", isNumeric: true),
                Table.Column("others", "其余"),
            ],
            rows: [
                [
                    .integer(Int64(sorted.count)), .integer(Int64(state.up)),
                    .integer(Int64(Double(sorted.count) / max(took / .seconds(1), 0.001))),
                    thousandths(processorTime / max(sorted.count, 1)),
                    thousandths(sorted[sorted.count / 2]), thousandths(sorted[sorted.count * 99 / 100]),
                    .text(causes.joined(separator: ", ")),
                ]
            ]
        )
    }
}
