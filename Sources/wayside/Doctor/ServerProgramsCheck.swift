internal import Glibc

/// Whether a PostgreSQL is installed that a private cluster can be made of.
enum ServerProgramsCheck {
    /// The oldest major version that Wayside's SQL is written for.
    private static let oldestMajor = 12
    private static let install = "apt-get install postgresql-15"

    static func findings() -> [DoctorFinding] {
        let versions = self.folders.compactMap { folder in self.version(folder).map { (folder, $0) } }
        let usable = versions.filter { Int($0.1.prefix { $0.isNumber }) ?? 0 >= self.oldestMajor }
        guard let (folder, version) = usable.last else {
            let found =
                versions.last.map { "only \($0.1) in \($0.0)" } ?? "initdb, pg_ctl and postgres not found"
            return [.fail("PostgreSQL programs", found, mend: self.install + ", or use --database URL")]
        }
        let programs = DoctorFinding.ok("PostgreSQL programs", "\(version) in \(folder)")
        return geteuid() == 0 ? [programs, self.account] : [programs]
    }

    /// Debian's and Red Hat's folders, oldest first; then those of the search path.
    private static var folders: [String] {
        let debian = DoctorFiles.names(in: "/usr/lib/postgresql").sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
        let redHat = DoctorFiles.names(in: "/usr").filter { $0.hasPrefix("pgsql-") }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let all =
            path.split(separator: ":").reversed().map(String.init) + redHat.map { "/usr/\($0)/bin" }
            + debian.map { "/usr/lib/postgresql/\($0)/bin" }
        return all.filter { folder in
            ["initdb", "pg_ctl", "postgres"].allSatisfy { DoctorFiles.isProgram("\(folder)/\($0)") }
        }
    }

    private static func version(_ folder: String) -> String? {
        let prefix = "postgres (PostgreSQL) "
        guard let line = DoctorChild.firstLine(of: "\(folder)/postgres", "--version"), line.hasPrefix(prefix)
        else {
            return nil
        }
        return String(line.dropFirst(prefix.count))
    }

    /// PostgreSQL refuses to run as root, which therefore lends it the user `postgres`.
    private static var account: DoctorFinding {
        guard getpwnam("postgres") != nil else {
            return .fail(
                "user postgres",
                "there is none, and PostgreSQL does not run as root",
                mend: self.install
            )
        }
        guard ["/usr/bin/setpriv", "/bin/setpriv"].contains(where: DoctorFiles.isProgram) else {
            return .fail(
                "user postgres",
                "without setpriv root cannot become it",
                mend: "apt-get install util-linux"
            )
        }
        return .ok("user postgres", "lent to the private PostgreSQL by root")
    }
}
