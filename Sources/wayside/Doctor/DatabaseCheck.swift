internal import Glibc
internal import Postgres

/// Whether the database answers, if one runs.
enum DatabaseCheck {
    /// Asks the database of `--database`, or else the private one of a service that runs on the data folder and has
    /// noted there where it is.
    static func findings(_ folder: DataFolder, url: String?) -> [DoctorFinding] {
        if let url {
            return self.findings(url, mend: "see that the server runs and that pg_hba.conf lets us in")
        }
        guard let note = DoctorFiles.text(of: folder.databaseNote), let process = self.server(folder.path)
        else {
            return [.ok("database", "no service runs on \(folder.path), so none is asked")]
        }
        let log = "\(folder.path)/postgres/data/log"
        return self.findings(
            note.split(whereSeparator: \.isNewline).first.map(String.init) ?? "",
            mend: "see \(log); the server is process \(process)"
        )
    }

    private static func findings(_ text: String, mend: String) -> [DoctorFinding] {
        do {
            let connection = try PostgresConnection(DatabaseAddress(text))
            let version = connection.serverVersion
            return [.ok("database", "PostgreSQL \(version / 10_000).\(version % 10_000) answers")]
                + HistoryCheck.findings(connection, now: WallClock.now())
        } catch {
            return [.fail("database", "\(error)", mend: mend)]
        }
    }

    /// The process of the private server, if it lives, by the first line of its own `postmaster.pid`.
    private static func server(_ folder: String) -> pid_t? {
        let file = DoctorFiles.text(of: "\(folder)/postgres/data/postmaster.pid")
        guard let process = file?.split(separator: "\n").first.flatMap({ pid_t($0) }), process > 0 else {
            return nil
        }
        return kill(process, 0) == 0 || errno == EPERM ? process : nil
    }
}
