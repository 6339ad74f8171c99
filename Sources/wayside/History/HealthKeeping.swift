internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import WaysideCore
internal import WaysideFiles
internal import WaysideService
internal import WaysideStore

/// The background jobs of the health history (健康历史维护).
struct HealthKeeping: Sendable {
    let history: HealthHistory
    let writer: HealthWriter
    let board: HealthBoard

    /// Who is told to stop waits so long for what was polled to be written.
    private static let lastWriteLimit = Duration.seconds(10)

    /// Written every two seconds, and at the end what is left; looked at every minute; cleared away every hour.
    func jobs(clock: ContinuousClock, logger: Logger) -> [any Service] {
        let (history, writer, board) = (self.history, self.writer, self.board)
        return [
            RecurringService(
                "health history",
                every: .seconds(2),
                lastTurnLimit: Self.lastWriteLimit,
                clock: clock,
                logger: logger
            ) { try await writer.turn() },
            RecurringService("health hours", every: .seconds(60), clock: clock, logger: logger) {
                try await board.note(.partitions) { try await history.makePartitions(now: WallClock.now()) }
                try await board.note(.close) { try await history.closeDue(now: WallClock.now()) }
            },
            RecurringService("health retention", every: .seconds(3_600), clock: clock, logger: logger) {
                try await board.note(.retention) { try await history.retain(now: WallClock.now()) }
            },
        ]
    }
}

/// How the health history goes, without asking the database (健康历史状况).
final class HealthBoard: Sendable {
    private struct State: Sendable {
        var done: [HealthJob.Name: Timestamp] = [:]
        /// Why the last try failed, where it did.
        var failures: [HealthJob.Name: (at: Timestamp, reason: String)] = [:]
        var writer: HealthWriter?
    }

    private let startedAt: Timestamp
    private let state = Mutex(State())

    init(startedAt: Timestamp) { self.startedAt = startedAt }

    func watch(_ writer: HealthWriter) { self.state.withLock { $0.writer = writer } }

    /// Takes up what was done before this start.
    func recall(_ jobs: [HealthJob]) {
        self.state.withLock { state in for job in jobs { state.done[job.name] = job.doneAt } }
    }

    /// Does a job, and notes whether it succeeded.
    func note<Answer>(_ job: HealthJob.Name, _ work: () async throws -> Answer) async throws {
        do {
            _ = try await work()
            let now = WallClock.now()
            self.state.withLock { ($0.done[job], $0.failures[job]) = (now, nil) }
        } catch {
            let now = WallClock.now()
            self.state.withLock { $0.failures[job] = (now, "\(error)") }
            throw error
        }
    }

    /// What is behind, in words. A service that has just started is given time to catch up.
    func troubles(at now: Timestamp) -> [String] {
        let state = self.state.withLock { $0 }
        return HealthJob.Name.allCases.compactMap { job in
            let (last, failure) = (state.done[job], state.failures[job])
            let since = failure == nil ? max(last ?? self.startedAt, self.startedAt) : last ?? self.startedAt
            guard now - since > job.patienceMilliseconds else { return nil }
            let done = "health history: \(job.words) was last done \(last?.text ?? "never")"
            return failure.map { "\(done); tried \($0.at.text): \($0.reason)" } ?? done
        }
    }

    /// In the text format of Prometheus.
    var metrics: String {
        let state = self.state.withLock { $0 }
        let load = state.writer?.load ?? HealthWriter.Load()
        let rows: [(name: String, kind: String, help: String, value: String)] = [
            ("polls_waiting", "gauge", "Polls that wait to be written.", "\(load.waiting)"),
            ("polls_written_total", "counter", "Polls that were written.", "\(load.written)"),
            ("samples_written_total", "counter", "Values that were written.", "\(load.samples)"),
            ("samples_refused_total", "counter", "Values that can never be kept.", "\(load.refused)"),
            ("polls_lost_total", "counter", "Polls lost because too many waited.", "\(load.lost)"),
        ]
        var text = rows.map { row in
            let name = "wayside_health_\(row.name)"
            return "# HELP \(name) \(row.help)\n# TYPE \(name) \(row.kind)\n\(name) \(row.value)\n"
        }.joined()
        let name = "wayside_health_job_last_success_seconds"
        text +=
            "# HELP \(name) When a job of the health history was last done, Unix time.\n# TYPE \(name) gauge\n"
        for job in HealthJob.Name.allCases {
            guard let last = state.done[job] else { continue }
            text += "\(name){job=\"\(job.rawValue)\"} \(Double(last.milliseconds) / 1_000)\n"
        }
        return text
    }
}

extension Settings {
    /// How long health history is kept.
    var healthRetention: HealthRetention {
        var retention = HealthRetention()
        retention.blockDays = Int32(clamping: self.healthValueDays)
        retention.fiveMinuteDays = Int32(clamping: self.healthFiveMinuteDays)
        retention.hourDays = Int32(clamping: self.healthHourDays)
        return retention
    }
}
