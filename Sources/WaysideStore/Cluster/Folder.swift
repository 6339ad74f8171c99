internal import Glibc

/// The few things done to files here, each told by its path.
enum Folder {
    /// Who owns a file and who may do what with it.
    struct Facts {
        var owner: uid_t
        var group: gid_t
        var mode: mode_t
        var isFolder: Bool
    }

    /// Follows no link at the path's end. `nil` when there is nothing.
    static func facts(_ path: String) -> Facts? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return Facts(
            owner: status.st_uid,
            group: status.st_gid,
            mode: status.st_mode & 0o7777,
            isFolder: status.st_mode & S_IFMT == S_IFDIR
        )
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    /// The names inside, without `.` and `..`; empty when it cannot be read.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// The path without links, `.` and `..`; `nil` when it leads nowhere.
    static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Where a link points; `nil` when it is none or may not be read.
    static func destination(of link: String) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = bytes.withUnsafeMutableBytes {
            guard let start = $0.baseAddress else { return -1 }
            return readlink(link, start.assumingMemoryBound(to: CChar.self), $0.count)
        }
        return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Makes a folder with the folders above it; those get mode 0755, the last one `mode` and the owner.
    static func make(_ path: String, mode: mode_t, owner: ServerAccount?) throws(ClusterError) {
        let above = self.parent(of: path)
        if !self.exists(above) { try self.make(above, mode: 0o755, owner: nil) }
        if mkdir(path, mode) != 0, errno != EEXIST { throw self.error(path) }
        guard let facts = self.facts(path), facts.isFolder else {
            throw ClusterError(.prepare, path, "something else than a folder is there", mend: "move it away")
        }
        guard let owner, facts.owner != owner.user || facts.mode != mode else { return }
        guard facts.owner == getuid() || facts.owner == owner.user else {
            throw ClusterError(
                .prepare,
                path,
                "it belongs to another user",
                mend: "remove it or give it to us"
            )
        }
        guard chown(path, owner.user, owner.group) == 0, chmod(path, mode) == 0 else {
            throw self.error(path)
        }
    }

    /// `/a/b` of `/a/b/c`.
    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// The whole of a small file as text; `nil` when it cannot be read.
    static func text(of path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var whole: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while whole.count < 1 << 20 {
            let count = read(file, &chunk, chunk.count)
            if count <= 0 { break }
            whole += chunk.prefix(count)
        }
        return String(decoding: whole, as: UTF8.self)
    }

    /// Writes a small file anew, readable by its owner only, and never through a link.
    static func write(_ text: String, to path: String, owner: ServerAccount?) throws(ClusterError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw self.error(path) }
        defer { close(file) }
        if let owner, geteuid() == 0, fchown(file, owner.user, owner.group) != 0 { throw self.error(path) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw self.error(path) }
            rest = rest.dropFirst(count)
        }
    }

    private static func error(_ path: String) -> ClusterError {
        ClusterError(.prepare, path, String(cString: strerror(errno)))
    }
}
