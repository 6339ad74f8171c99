internal import Glibc

/// Keeps a second instance out of a folder, by `flock` on a file `lock` inside; ends with the process at the
/// latest.
final class JournalLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Throws: ``JournalError`` that names the process that has it.
    convenience init(folder: String) throws(JournalError) {
        do {
            try self.init(system: folder)
        } catch {
            throw JournalError(.lock, error)
        }
    }

    private init(system folder: String) throws(SystemErrorOrHolder) {
        let path = "\(folder)/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .system(.last("open", path)) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let failure = SystemError.last("flock", path)
            if failure.code == EINTR { continue }
            defer { close(descriptor) }
            throw failure.code == EWOULDBLOCK
                ? .held(folder: folder, by: Self.holder(descriptor)) : .system(failure)
        }
        self.descriptor = descriptor
        // For people and for the message above; the lock holds without it.
        let text = "\(getpid())\n"
        _ = ftruncate(descriptor, 0)
        _ = pwrite(descriptor, text, text.utf8.count, 0)
    }

    deinit { close(self.descriptor) }

    /// Gives it back before the end.
    func release() { flock(self.descriptor, LOCK_UN) }

    private static func holder(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(0, count)).prefix {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        }
        return digits.isEmpty ? "unknown" : String(decoding: digits, as: UTF8.self)
    }
}

/// Why a lock was not given.
private enum SystemErrorOrHolder: Error {
    case system(SystemError)
    case held(folder: String, by: String)
}

extension JournalError {
    fileprivate init(_ operation: Operation, _ error: SystemErrorOrHolder) {
        switch error {
        case .system(let error): self.init(operation, error)
        case .held(let folder, let pid):
            self.init(operation, path: folder, reason: "another wayside (pid \(pid)) is using \(folder)")
        }
    }
}
