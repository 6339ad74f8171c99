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

    /// Written every two seconds; looked at every minute; cleared away every hour.
    func jobs(clock: ContinuousClock, logger: Logger) -> [any Service] {
        let (history, writer, board) = (self.history, self.writer, self.board)
        return [
            RecurringService("health history", every: .seconds(2), clock: clock, logger: logger) {
                try await writer.turn()
            },
            RecurringService("health hours", every: .seconds(60), clock: clock, logger: logger) {
                try await history.makePartitions(now: WallClock.now())
                board.done(.partitions, at: WallClock.now())
                try await history.closeDue(now: WallClock.now())
                board.done(.close, at: WallClock.now())
            },
            RecurringService("health retention", every: .seconds(3_600), clock: clock, logger: logger) {
                try await history.retain(now: WallClock.now())
                board.done(.retention, at: WallClock.now())
            },
        ]
    }
}

/// How the health history goes, without asking the database (健康历史状况).
final class HealthBoard: Sendable {
    /// A job that must be done again and again.
    enum Job: String, CaseIterable, Sendable {
        case partitions, close, retention

        /// Done longer ago than this, it is behind, in milliseconds.
        var patienceMilliseconds: Int64 {
            switch self {
            case .partitions, .close: 1_800_000
            case .retention: 4 * 3_600_000
            }
        }

        var words: String {
            switch self {
            case .partitions: "making partitions ahead"
            case .close: "closing hours"
            case .retention: "dropping what is too old"
            }
        }
    }

    private struct State: Sendable {
        var done: [Job: Timestamp] = [:]
        var writer: HealthWriter?
    }

    private let startedAt: Timestamp
    private let state = Mutex(State())

    init(startedAt: Timestamp) { self.startedAt = startedAt }

    func watch(_ writer: HealthWriter) { self.state.withLock { $0.writer = writer } }

    func done(_ job: Job, at now: Timestamp) { self.state.withLock { $0.done[job] = now } }

    /// What is behind, in words.
    func troubles(at now: Timestamp) -> [String] {
        let state = self.state.withLock { $0 }
        return Job.allCases.compactMap { job in
            let last = state.done[job]
            guard now - (last ?? self.startedAt) > job.patienceMilliseconds else { return nil }
            return "health history: \(job.words) was last done \(last?.text ?? "before this start")"
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
        for job in Job.allCases {
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
