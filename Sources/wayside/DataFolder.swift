internal import ArgumentParser
internal import Foundation

/// Where everything of this machine lies (数据目录).
struct DataFolder: Sendable {
    /// Its full path.
    let path: String

    var journal: String { self.path + "/journal" }
    var books: String { self.path + "/book" }
    /// Our own SNMPv3 engine, to which informs are signed.
    var ownEngine: String { self.path + "/snmp-own-engine" }
    /// What is known of SNMPv3 engines.
    var engines: String { self.path + "/snmp-engines" }
    /// What SNMP agents do against their standard.
    var defects: String { self.path + "/snmp-defects.json" }
    /// Cameras whose places contradict one another.
    var disagreements: String { self.path + "/stream-disagreements.json" }
    var secrets: String { self.path + "/secrets" }
    /// Where the private database is while a service runs, so that other commands find it.
    var databaseNote: String { self.path + "/database.address" }

    init(_ path: String) {
        self.path = URL(filePath: path).standardizedFileURL.path(percentEncoded: false).trimmingSuffix("/")
    }

    /// Makes it when it is absent. Others may walk in: the user that root lends PostgreSQL to must, and what is secret
    /// inside has its own guard.
    func make() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: self.path,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o755]
            )
        } catch {
            throw Ending.asked(
                "the data folder \(self.path) cannot be made; name another one with --data-dir"
            )
        }
    }

    /// `--data-dir`, else `WAYSIDE_DATA`, else the system's place for root and the user's own for everybody else.
    static func usual(_ given: String?) -> DataFolder {
        if let given { return DataFolder(given) }
        let environment = ProcessInfo.processInfo.environment
        if let named = environment["WAYSIDE_DATA"], !named.isEmpty { return DataFolder(named) }
        if getuid() == 0 { return DataFolder("/var/lib/wayside") }
        return DataFolder((environment["HOME"] ?? "/tmp") + "/.local/share/wayside")
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        var text = self
        while text.count > 1, text.last == suffix { text.removeLast() }
        return text
    }
}

/// The options of every command that works on this machine's data.
struct DataOptions: ParsableArguments {
    @Option(
        name: .customLong("data-dir"),
        help: ArgumentHelp(
            "Data folder (default: $WAYSIDE_DATA, else /var/lib/wayside for root and ~/.local/share/wayside).",
            valueName: "dir"
        )
    )
    var dataFolder: String?

    @Option(
        help: ArgumentHelp(
            "A PostgreSQL of yours instead of the private one: postgresql://user@host/database. A password comes from "
                + "PGPASSWORD or ~/.pgpass, never from here.",
            valueName: "url"
        )
    )
    var database: String?

    var folder: DataFolder { DataFolder.usual(self.dataFolder) }
}
