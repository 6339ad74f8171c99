internal import Glibc

/// Small looks at the file system, for the doctor's checks.
enum DoctorFiles {
    /// The first bytes of a file; `nil` when it cannot be read.
    static func bytes(of path: String, limit: Int) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: limit)
        var length = 0
        while length < limit {
            let count = bytes[length...].withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            length += count
        }
        return Array(bytes.prefix(length))
    }

    /// The first 64 KiB of a text; `nil` when it cannot be read.
    static func text(of path: String) -> String? {
        self.bytes(of: path, limit: 64 << 10).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names inside a folder, sorted; empty when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Where a link leads; `nil` for anything else.
    static func destination(of path: String) -> String? {
        var bytes = [CChar](repeating: 0, count: 4_096)
        let count = readlink(path, &bytes, bytes.count)
        return count > 0
            ? String(decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }

    static func isProgram(_ path: String) -> Bool { access(path, X_OK) == 0 }

    static func isFolder(_ path: String) -> Bool {
        var about = stat()
        return stat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFDIR
    }

    /// The nearest folder above, or the path itself, that exists.
    static func nearestFolder(_ path: String) -> String {
        var path = path[...]
        while !path.isEmpty, !self.isFolder(String(path)) {
            guard let slash = path.lastIndex(of: "/") else { break }
            path = path[..<slash]
        }
        return path.isEmpty ? "/" : String(path)
    }

    /// The system's words for what went wrong last.
    static var lastWords: String { strerror(errno).map { String(cString: $0) } ?? "error \(errno)" }
}
