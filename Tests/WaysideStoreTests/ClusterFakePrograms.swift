import Glibc

/// A folder with the installed PostgreSQL's programs whose `postgres` says the version it is told to say.
enum FakePrograms {
    /// Makes the folder and gives the real version.
    static func make(_ folder: String) -> String? {
        guard let newest = self.newest, let real = self.version(newest) else { return nil }
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

    /// From now on `pg_ctl` fails when it has done its work: as for a service that dies at that moment, the server
    /// runs and nobody has been told.
    static func failAfterWork(_ folder: String) {
        let control = "\(folder)/pg_ctl"
        guard let real = realpath(control, nil) else { return }
        defer { free(real) }
        unlink(control)
        SmallFile.write("#!/bin/sh\n'\(String(cString: real))' \"$@\"\nexit 1\n", control)
        chmod(control, 0o755)
    }

    /// Starts the server as a person would: as its own user, with no word of ours.
    static func startByHand(_ dataFolder: String) -> Bool {
        guard let newest = self.newest else { return false }
        let drop = geteuid() == 0 ? "setpriv --reuid=postgres --regid=postgres --clear-groups" : ""
        let start = "'\(newest)/pg_ctl' -D '\(dataFolder)' -l /dev/null -s -w start"
        guard let pipe = popen("cd / && exec \(drop) \(start) >/dev/null 2>&1", "r") else { return false }
        return pclose(pipe) == 0
    }

    private static var newest: String? {
        (12...30).reversed().map { "/usr/lib/postgresql/\($0)/bin" }.first {
            SmallFile.exists("\($0)/initdb")
        }
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
