internal import Glibc

/// Where the server's socket lies. The path of a Unix socket holds at most 107 bytes (unix(7)), so a data folder
/// with a long path gets a short folder elsewhere.
struct SocketFolder: Sendable {
    let path: String
    /// The data folder's path was too long.
    let isElsewhere: Bool

    /// Chooses the folder.
    init(clusterFolder: String, port: Int) {
        let usual = "\(clusterFolder)/run"
        if "\(usual)/.s.PGSQL.\(port).lock".utf8.count <= 107 {
            (self.path, self.isElsewhere) = (usual, false)
        } else {
            let name = "wayside-\(SocketFolder.mark(clusterFolder))"
            let places = geteuid() == 0 ? ["/run"] : ["/run/user/\(geteuid())"]
            let place = places.first { access($0, W_OK) == 0 } ?? "/tmp"
            (self.path, self.isElsewhere) = ("\(place)/\(name)", true)
        }
    }

    /// Makes it, readable by the server's user only.
    func make(for account: ServerAccount) throws(ClusterError) {
        try Folder.make(self.path, mode: 0o700, owner: account)
        try account.checkReach(self.path)
    }

    /// Leaves nothing behind outside the data folder.
    func clear() {
        if self.isElsewhere { rmdir(self.path) }
    }

    /// The server's own lock on its socket.
    func lockFile(port: Int) -> String { "\(self.path)/.s.PGSQL.\(port).lock" }

    /// Sixteen digits that stand for a path: FNV-1a, 64 bits. A clash would only be refused at the folder's owner.
    private static func mark(_ path: String) -> String {
        let hash = path.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
