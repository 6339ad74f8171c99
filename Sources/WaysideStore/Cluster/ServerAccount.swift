internal import Glibc

/// The system's user as whom the server runs: PostgreSQL refuses root, so root lends it the user `postgres`; anyone
/// else runs it as himself.
struct ServerAccount: Sendable {
    let name: String
    let user: uid_t
    let group: gid_t
    /// Who we are ourselves.
    let serviceName: String

    /// We are root and the server is not.
    var isOther: Bool { self.user != geteuid() }

    /// Finds the user for the server.
    init(lentByRoot name: String) throws(ClusterError) {
        let ourselves = geteuid()
        guard let service = ServerAccount.entry({ getpwuid_r(ourselves, $0, $1, $2, $3) }) else {
            throw ClusterError(
                .find,
                "user \(ourselves)",
                "has no name, and PostgreSQL knows its guests by name",
                mend: "run as a user that /etc/passwd lists"
            )
        }
        self.serviceName = service.name
        guard ourselves == 0 else {
            (self.name, self.user, self.group) = service
            return
        }
        guard let server = ServerAccount.entry({ getpwnam_r(name, $0, $1, $2, $3) }), server.user != 0 else {
            throw ClusterError(
                .find,
                "user \(name)",
                "there is no such user, and PostgreSQL does not run as root",
                mend: "apt-get install postgresql-15, or run as an ordinary user"
            )
        }
        (self.name, self.user, self.group) = server
    }

    /// The same command as the server's user.
    func child(_ program: String, _ arguments: [String]) throws(ClusterError) -> ChildProcess {
        guard self.isOther else { return ChildProcess(program: program, arguments: arguments) }
        let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].first { Folder.isProgram($0) }
        guard let setpriv else {
            throw ClusterError(
                .find,
                "setpriv",
                "without it root cannot become \(self.name)",
                mend: "apt-get install util-linux"
            )
        }
        let drop = ["--reuid=\(self.user)", "--regid=\(self.group)", "--clear-groups", "--", program]
        // PostgreSQL's programs stumble over a working folder that they may not enter, such as root's home.
        return ChildProcess(program: "/usr/bin/env", arguments: ["-C", "/", setpriv] + drop + arguments)
    }

    /// Makes sure that the server's user gets to a folder of its own, or names the folder that bars the way.
    func checkReach(_ folder: String) throws(ClusterError) {
        guard self.isOther else { return }
        let look = try self.child("/usr/bin/test", ["-x", folder])
        if try look.run(timeLimit: .seconds(10), operation: .prepare).isSuccess { return }
        var path = folder
        var bar = folder
        while path != "/" {
            path = Folder.parent(of: path)
            if let facts = Folder.facts(path), !self.mayPass(facts) { bar = path }
        }
        throw ClusterError(
            .prepare,
            bar,
            "the user \(self.name) cannot pass through it to \(folder)",
            mend: "chmod o+x \(bar), or choose a data folder elsewhere, such as /var/lib/wayside"
        )
    }

    private func mayPass(_ facts: Folder.Facts) -> Bool {
        if facts.owner == self.user { return facts.mode & 0o100 != 0 }
        if facts.group == self.group { return facts.mode & 0o010 != 0 }
        return facts.mode & 0o001 != 0
    }

    private typealias Lookup = (
        UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
        UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32

    private static func entry(_ lookUp: Lookup) -> (name: String, user: uid_t, group: gid_t)? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        return buffer.withUnsafeMutableBufferPointer { buffer in
            guard let start = buffer.baseAddress, lookUp(&entry, start, buffer.count, &found) == 0,
                found != nil
            else { return nil }
            return (String(cString: entry.pw_name), entry.pw_uid, entry.pw_gid)
        }
    }
}
