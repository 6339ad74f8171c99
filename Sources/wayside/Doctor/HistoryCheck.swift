internal import Postgres
internal import WaysideCore
internal import WaysideStore

/// Whether the jobs of the health history are done: packed, made ahead, cleared away.
enum HistoryCheck {
    /// A row each of the jobs that were ever done in that database; none in one without health history.
    static func findings(_ connection: borrowing PostgresConnection, now: Timestamp) -> [DoctorFinding] {
        // A database that is not migrated yet has no such table, and nothing to say of it.
        guard let jobs = try? HealthHistory.jobs(connection) else { return [] }
        return jobs.map { job in
            let check = "history \(job.name.rawValue)"
            let found = "\(job.name.words): last done \(job.doneAt), \(job.detail)"
            guard job.isBehind(at: now) else { return .ok(check, found) }
            return .warn(
                check,
                found,
                mend: "start the service; if it runs, look for \"health\" in its log for what it says"
            )
        }
    }
}
