internal import Glibc

/// What the system would not do: which call, on which path, and its number for why.
struct SystemError: Error, Hashable {
    var call: String
    var path: String
    var code: Int32

    /// The last call's failure; to be made before anything else is called.
    static func last(_ call: String, _ path: String) -> SystemError {
        SystemError(call: call, path: path, code: errno)
    }

    /// The system's words for the number.
    var words: String { strerror(self.code).map { String(cString: $0) } ?? "error \(self.code)" }

    /// Nothing more fits, on the disk or into our share of it.
    var isDiskFull: Bool { [ENOSPC, EDQUOT, EFBIG].contains(self.code) }

    /// There is no such file.
    var isAbsent: Bool { self.code == ENOENT }
}

/// A file that is open; closed with its last reference.
final class OpenFile {
    enum Purpose {
        case reading
        /// Reading and writing; made when it is absent.
        case writing
        /// Reading and writing; refused when it exists.
        case creating
    }

    let path: String
    let descriptor: Int32

    /// Opens it. `mode` holds for a file that is made here.
    init(_ path: String, for purpose: Purpose, mode: UInt32 = 0o640) throws(SystemError) {
        let flags =
            switch purpose {
            case .reading: O_RDONLY
            case .writing: O_RDWR | O_CREAT
            case .creating: O_RDWR | O_CREAT | O_EXCL
            }
        let descriptor = open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .last("open", path) }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(self.descriptor) }

    /// In bytes.
    func length() throws(SystemError) -> Int64 {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else { throw .last("fstat", self.path) }
        return Int64(status.st_size)
    }

    /// Tells this file from another that had or will have its name, and one state of it from a later one.
    func mark() throws(SystemError) -> String {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else { throw .last("fstat", self.path) }
        return "\(status.st_ino).\(status.st_size).\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }

    /// Nobody but its owner may do anything with it.
    func isPrivate() throws(SystemError) -> Bool {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else { throw .last("fstat", self.path) }
        return status.st_mode & 0o077 == 0
    }

    /// The bytes from there on, fewer than asked for only at the end.
    func read(at offset: Int64, count: Int) throws(SystemError) -> [UInt8] {
        var failure: SystemError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = pread(
                    self.descriptor,
                    buffer.baseAddress.map { $0 + filled },
                    count - filled,
                    off_t(offset) + filled
                )
                if got == 0 { return }
                if got < 0 {
                    if errno == EINTR { continue }
                    failure = .last("pread", self.path)
                    return
                }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// All of it, or an error; then some of it may be there.
    func write(_ bytes: [UInt8], at offset: Int64) throws(SystemError) {
        var failure: SystemError?
        bytes.withUnsafeBytes { buffer in
            var done = 0
            while done < buffer.count {
                let put = pwrite(
                    self.descriptor,
                    buffer.baseAddress.map { $0 + done },
                    buffer.count - done,
                    off_t(offset) + done
                )
                if put < 0 {
                    if errno == EINTR { continue }
                    failure = .last("pwrite", self.path)
                    return
                }
                // A regular file that takes nothing and gives no reason has no room.
                if put == 0 {
                    failure = SystemError(call: "pwrite", path: self.path, code: ENOSPC)
                    return
                }
                done += put
            }
        }
        if let failure { throw failure }
    }

    /// Waits until the contents are safe.
    func syncData() throws(SystemError) {
        guard fdatasync(self.descriptor) == 0 else { throw .last("fdatasync", self.path) }
    }

    /// Waits until the contents and everything about them are safe.
    func sync() throws(SystemError) {
        guard fsync(self.descriptor) == 0 else { throw .last("fsync", self.path) }
    }

    /// Cuts it.
    func truncate(to length: Int64) throws(SystemError) {
        guard ftruncate(self.descriptor, off_t(length)) == 0 else { throw .last("ftruncate", self.path) }
    }
}

/// What is done to folders.
enum StoreFolder {
    /// Makes it, and those above it, unless they exist.
    static func make(_ path: String, mode: UInt32 = 0o750) throws(SystemError) {
        var partial = ""
        for part in path.split(separator: "/", omittingEmptySubsequences: false) {
            partial += partial.isEmpty && !path.hasPrefix("/") ? part : "/" + part
            if partial == "/" || partial.isEmpty { partial = "" } else { try self.makeOne(partial, mode) }
        }
    }

    private static func makeOne(_ path: String, _ mode: UInt32) throws(SystemError) {
        guard mkdir(path, mode) != 0, errno != EEXIST, errno != EISDIR else { return }
        let failure = SystemError.last("mkdir", path)
        var status = stat()
        // A folder on a read-only file system answers EROFS although it is there.
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw failure }
    }

    /// The names inside, sorted, without `.` and `..`.
    static func names(in path: String) throws(SystemError) -> [String] {
        guard let folder = opendir(path) else { throw .last("opendir", path) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Waits until names that were given or taken in it are safe.
    static func sync(_ path: String) throws(SystemError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .last("fsync", path) }
    }

    /// Gives a file another name, in place of what had that name.
    static func rename(_ old: String, to new: String) throws(SystemError) {
        guard Glibc.rename(old, new) == 0 else { throw .last("rename", old) }
    }

    /// Takes a file's name away; one that is absent is no error.
    static func remove(_ path: String) throws(SystemError) {
        guard unlink(path) != 0, errno != ENOENT else { return }
        throw .last("unlink", path)
    }
}
