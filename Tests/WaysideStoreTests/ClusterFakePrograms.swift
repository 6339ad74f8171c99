import Glibc

/// A folder with the installed PostgreSQL's programs whose `postgres` says the version it is told to say.
enum FakePrograms {
    /// Makes the folder and gives the real version.
    static func make(_ folder: String) -> String? {
        let majors = (12...30).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        guard let newest = majors.first(where: { SmallFile.exists("\($0)/initdb") }),
            let real = self.version(newest)
        else { return nil }
        mkdir(folder, 0o755)
        for program in ["initdb", "pg_ctl", "pg_config"] {
            symlink("\(newest)/\(program)", "\(folder)/\(program)")
        }
        let script =
            "#!/bin/sh\n[ \"$1\" = --version ] && echo \"postgres (PostgreSQL) $(cat \(folder)/version)\"\n"
        SmallFile.write(script, "\(folder)/postgres")
        chmod("\(folder)/postgres", 0o755)
        self.claim(real, folder)
        return real
    }

    static func claim(_ version: String, _ folder: String) { SmallFile.write(version, "\(folder)/version") }

    private static func version(_ folder: String) -> String? {
        guard let pipe = popen("\(folder)/postgres --version", "r") else { return nil }
        defer { pclose(pipe) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = fread(&bytes, 1, bytes.count, pipe)
        let line = String(decoding: bytes.prefix(count), as: UTF8.self)
        return String(line.dropFirst("postgres (PostgreSQL) ".count).prefix { $0 != "\n" })
    }
}
