internal import Glibc

/// An open file that is read from its beginning to its end; closed when it goes.
package struct InputFile: ~Copyable {
    private let descriptor: Int32
    private let path: String

    /// Opens the file for reading.
    init(_ path: String) throws(FilesError) {
        var descriptor: Int32
        repeat { descriptor = open(path, O_RDONLY | O_CLOEXEC) } while descriptor < 0 && errno == EINTR
        guard descriptor >= 0 else {
            throw FilesError(
                .open,
                file: path,
                wrong: Self.words(errno),
                mend: "name a file that can be read"
            )
        }
        var about = stat()
        guard fstat(descriptor, &about) == 0, about.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw FilesError(.open, file: path, wrong: "it is a folder", mend: "name a file inside it")
        }
        (self.descriptor, self.path) = (descriptor, path)
    }

    deinit { close(self.descriptor) }

    /// Fills the buffer from its beginning as far as one call does; 0 at the file's end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(FilesError) -> Int {
        while true {
            let count = Glibc.read(self.descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else {
                throw FilesError(
                    .read,
                    file: self.path,
                    wrong: Self.words(errno),
                    mend: "check the disk and try again"
                )
            }
        }
    }

    /// The whole file; throws when it is longer than the limit in bytes.
    package static func bytes(of path: String, limit: Int) throws(FilesError) -> [UInt8] {
        let file = try InputFile(path)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            let count: Int
            do {
                count = try piece.withUnsafeMutableBytes { try file.read(into: $0) }
            } catch let error as FilesError {
                throw error
            } catch {
                throw FilesError(.read, file: path, wrong: "\(error)", mend: "check the disk and try again")
            }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= limit else {
                throw FilesError(
                    .read,
                    file: path,
                    wrong: "it is longer than \(limit >> 20) MiB",
                    mend: "split it or name another file"
                )
            }
        }
    }

    /// What the path names.
    static func kind(of path: String) -> Kind {
        var about = stat()
        guard stat(path, &about) == 0 else { return .absent }
        return about.st_mode & S_IFMT == S_IFDIR ? .folder : .file
    }

    enum Kind { case absent, file, folder }

    /// The names inside a folder, sorted by bytes, without those that begin with a point.
    package static func names(inFolder path: String) throws(FilesError) -> [String] {
        guard let stream = opendir(path) else {
            throw FilesError(
                .open,
                file: path,
                wrong: Self.words(errno),
                mend: "name a folder that can be read"
            )
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private static func words(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}

/// What follows the last slash of a path.
func fileName(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
}
