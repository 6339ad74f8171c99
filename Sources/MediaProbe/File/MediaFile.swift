internal import Glibc

/// A file, a pipe or a device of this machine, opened for reading. Owns its descriptor.
///
/// A pipe without a writer, and a device without data, are waited for no longer than was said. A file system that hangs
/// is beyond our reach: the kernel lets nobody go who reads from it.
final class MediaFile {
    private let descriptor: Int32
    private let waiting: Waiting
    /// In bytes; nil for what comes piece by piece and cannot be read twice.
    let size: Int64?
    /// Up to when a read may wait.
    var end: Instant
    /// Why the last read gave nothing.
    private(set) var failure: TransportFailure?
    /// Bytes that were looked at and count as unread.
    private var unread: ArraySlice<UInt8> = []

    init(_ path: String, until end: Instant, waiting: Waiting) throws(ProbeFailure) {
        // Without `O_NONBLOCK` the opening itself would wait for a pipe's writer.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw Self.failure(opening: errno) }
        let size: Int64?
        switch Self.kind(of: descriptor) {
        case S_IFREG, S_IFBLK:
            size = Int64(lseek(descriptor, 0, SEEK_END))
            lseek(descriptor, 0, SEEK_SET)
        case S_IFDIR:
            close(descriptor)
            throw ProbeFailure(cause: .protocolError, detail: "it is a folder; name a file in it")
        default: size = nil
        }
        (self.descriptor, self.size, self.end, self.waiting) = (descriptor, size, end, waiting)
    }

    deinit { close(self.descriptor) }

    private static func kind(of descriptor: Int32) -> mode_t {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { return 0 }
        return facts.st_mode & S_IFMT
    }

    /// Whether it can be read as fast as we like; false also when it is not there.
    static func isRecording(_ path: String) -> Bool {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return false }
        return [S_IFREG, S_IFBLK].contains(facts.st_mode & S_IFMT)
    }

    private static func failure(opening code: Int32) -> ProbeFailure {
        switch code {
        case ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG:
            ProbeFailure(cause: .notFound, detail: "there is no such file")
        case EACCES, EPERM:
            ProbeFailure(cause: .authenticationFailed, detail: "this user may not read it")
        case EMFILE, ENFILE, ENOMEM:
            ProbeFailure(cause: .selfOverloaded, detail: "no descriptor or memory left")
        case ENXIO, ENODEV: ProbeFailure(cause: .protocolError, detail: "nothing is read from what it is")
        default: ProbeFailure(cause: .protocolError, detail: "it cannot be opened: system error \(code)")
        }
    }

    /// Reads some bytes, waiting where they have not come yet; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TransportFailure) -> Int {
        do throws(TransportFailure) {
            guard self.unread.isEmpty else {
                let count = min(buffer.count, self.unread.count)
                buffer.copyBytes(from: self.unread.prefix(count))
                self.unread.removeFirst(count)
                return count
            }
            while true {
                guard !self.isOver else {
                    throw self.waiting.cancellation?.isCancelled == true ? .cancelled : .timeout
                }
                if self.size == nil {
                    try self.waiting.wait(for: self.descriptor, events: pollInput, until: self.end)
                }
                let count = Glibc.read(self.descriptor, buffer.baseAddress, buffer.count)
                if count >= 0 { return count }
                guard errno == EINTR || errno == EAGAIN else { throw TransportFailure(errno: errno) }
            }
        } catch {
            self.failure = error
            throw error
        }
    }

    /// Whether the time is over or we were told to stop.
    var isOver: Bool { self.waiting.cancellation?.isCancelled == true || .now >= self.end }

    /// Some bytes, at most so many; none at the end.
    func read(atMost count: Int) throws(TransportFailure) -> [UInt8] {
        var result: Result<Int, TransportFailure> = .success(0)
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            do throws(TransportFailure) {
                filled = try self.read(into: UnsafeMutableRawBufferPointer(buffer))
                result = .success(filled)
            } catch {
                result = .failure(error)
            }
        }
        _ = try result.get()
        return bytes
    }

    /// The first bytes, fewer only when there are no more; they count as unread.
    func peek(_ count: Int) throws(TransportFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let piece = try self.read(atMost: count - bytes.count)
            guard !piece.isEmpty else { break }
            bytes += piece
        }
        self.unread = bytes[...] + self.unread
        return bytes
    }

    /// Goes on from another place; nil when that cannot be.
    func seek(to place: Int64, from origin: Int32 = SEEK_SET) -> Int64? {
        guard self.size != nil else { return nil }
        let offset = origin == SEEK_CUR ? place - Int64(self.unread.count) : place
        self.unread = []
        let reached = lseek(self.descriptor, Int(offset), origin)
        return reached >= 0 ? Int64(reached) : nil
    }
}
