internal import Glibc

/// Where lines go: standard output, or a file that appears under its name only when it is whole.
struct LineSink: ~Copyable {
    /// Why lines could not be written.
    struct Failure: Error, CustomStringConvertible {
        let path: String
        let code: Int32

        var description: String {
            "\(self.path): \(strerror(self.code).map { String(cString: $0) } ?? "cannot be written")"
        }
    }

    private static let bufferBytes = 1 << 18

    private let descriptor: Int32
    private let path: String?
    private var buffer: [UInt8] = []
    /// Whoever read standard output has gone; nobody needs the rest.
    private var isDeaf = false

    /// Begins a file beside the one of that name; without a name, standard output.
    init(_ path: String?) throws(Failure) {
        self.path = path
        guard let path else {
            self.descriptor = STDOUT_FILENO
            return
        }
        let descriptor = open(Self.unfinished(path), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw Failure(path: path, code: errno) }
        self.descriptor = descriptor
    }

    deinit {
        guard self.path != nil else { return }
        close(self.descriptor)
    }

    private static func unfinished(_ path: String) -> String { path + ".unfinished" }

    /// Adds lines.
    mutating func write(_ bytes: [UInt8]) throws(Failure) {
        self.buffer += bytes
        if self.buffer.count >= Self.bufferBytes { try self.empty() }
    }

    /// Writes what is left, makes a file safe, and gives it its name.
    mutating func finish() throws(Failure) {
        try self.empty()
        guard let path = self.path else { return }
        guard fsync(self.descriptor) == 0, rename(Self.unfinished(path), path) == 0 else {
            throw Failure(path: path, code: errno)
        }
    }

    private mutating func empty() throws(Failure) {
        defer { self.buffer.removeAll(keepingCapacity: true) }
        var rest = self.buffer[...]
        while !rest.isEmpty, !self.isDeaf {
            let count = rest.withUnsafeBytes { Glibc.write(self.descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno == EPIPE, self.path == nil {
                self.isDeaf = true
            } else if errno != EINTR {
                throw Failure(path: self.path ?? "standard output", code: errno)
            }
        }
    }
}
