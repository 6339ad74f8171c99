internal import Glibc

/// An installed PostgreSQL: a folder with `initdb`, `pg_ctl` and `postgres` of one version.
struct ServerPrograms: Sendable {
    /// The folder of the programs.
    let folder: String
    /// The version as the server says it of itself: `15.20 (Debian 15.20-0+deb12u1)`.
    let version: String
    /// 15 of 15.20.
    let major: Int

    /// The newest major version that Wayside's SQL is written for begins here.
    static let oldestMajor = 12

    func path(_ program: String) -> String { "\(self.folder)/\(program)" }

    /// Every PostgreSQL on this machine, newest first: where Debian and Red Hat put theirs, and on the PATH.
    static func installed() -> [ServerPrograms] {
        let debian = Folder.names(in: "/usr/lib/postgresql").map { "/usr/lib/postgresql/\($0)/bin" }
        let redHat = Folder.names(in: "/usr").filter { $0.hasPrefix("pgsql-") }.map { "/usr/\($0)/bin" }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let onPath = path.split(separator: ":").map(String.init)
        var seen: Set<String> = []
        return (debian + redHat + onPath)
            .compactMap { Folder.resolved("\($0)/postgres").map { Folder.parent(of: $0) } }
            .filter { seen.insert($0).inserted }
            .compactMap { ServerPrograms(folder: $0) }
            .filter { $0.major >= self.oldestMajor }
            .sorted { ($0.major, $0.version) > ($1.major, $1.version) }
    }

    /// The programs in a folder; `nil` when they are not all there or do not run.
    init?(folder: String) {
        let programs = ["initdb", "pg_ctl", "postgres"]
        guard programs.allSatisfy({ Folder.isProgram("\(folder)/\($0)") }) else { return nil }
        guard let version = ServerPrograms.version(in: folder) else { return nil }
        self.folder = folder
        self.version = version
        guard let major = Int(version.prefix { $0.isNumber }) else { return nil }
        self.major = major
    }

    /// Asks the installed `postgres` what it is now; a package manager may have exchanged it under us.
    static func version(in folder: String) -> String? {
        let ask = ChildProcess(program: "\(folder)/postgres", arguments: ["--version"])
        // A program that does not run is the same as none.
        guard let ending = try? ask.run(timeLimit: .seconds(10), operation: .find), ending.isSuccess else {
            return nil
        }
        let prefix = "postgres (PostgreSQL) "
        guard
            let line = ending.output.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix(prefix) })
        else { return nil }
        return String(line.dropFirst(prefix.count))
    }

    /// The build can compress with LZ4; asked of `pg_config`, which is not always installed.
    var hasLZ4: Bool {
        let ask = ChildProcess(program: self.path("pg_config"), arguments: ["--configure"])
        // Without an answer the slower compression that every build has is used.
        guard let ending = try? ask.run(timeLimit: .seconds(10), operation: .find) else { return false }
        return ending.isSuccess && ending.output.contains("--with-lz4")
    }

    /// The programs for a data folder of a given major version, or the newest when there is none yet.
    static func find(
        for dataMajor: Int?,
        in chosenFolder: String?,
        dataFolder: String
    ) throws(ClusterError) -> ServerPrograms {
        let found: [ServerPrograms]
        if let chosenFolder {
            guard let programs = ServerPrograms(folder: chosenFolder) else {
                throw ClusterError(
                    .find,
                    chosenFolder,
                    "initdb, pg_ctl and postgres are not there, or do not run",
                    mend: "name the folder that holds them, such as /usr/lib/postgresql/15/bin"
                )
            }
            found = [programs]
        } else {
            found = self.installed()
        }
        guard let newest = found.first else {
            throw ClusterError(
                .find,
                "PostgreSQL",
                "no server of version \(self.oldestMajor) or later is installed",
                mend: "apt-get install postgresql"
            )
        }
        guard let dataMajor else { return newest }
        guard let matching = found.first(where: { $0.major == dataMajor }) else {
            let others = Set(found.map { $0.major }).sorted().map(String.init).joined(separator: ", ")
            throw ClusterError(
                .find,
                dataFolder,
                "it was made by PostgreSQL \(dataMajor); installed is \(others)",
                mend: "apt-get install postgresql-\(dataMajor), or bring the data over with pg_upgrade"
            )
        }
        return matching
    }
}
