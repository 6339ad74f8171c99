internal import Glibc

/// The right to a data folder, held by one service at a time and given back by the kernel when that service ends,
/// however it ends.
struct FolderLock: ~Copyable {
    private let file: Int32

    /// Takes the lock, or says who has it.
    init(_ path: String) throws(ClusterError) {
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw ClusterError(.prepare, path, String(cString: strerror(errno))) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            let holder = Folder.text(of: path)?.filter { $0.isNumber } ?? ""
            throw ClusterError(
                .prepare,
                Folder.parent(of: path),
                "another Wayside\(holder.isEmpty ? "" : " (process \(holder))") works on this data folder",
                mend: "stop it, or give this one a folder of its own"
            )
        }
        let line = Array("\(getpid())\n".utf8)
        // The number is for the other's error message only.
        _ = ftruncate(file, 0)
        _ = pwrite(file, line, line.count, 0)
        self.file = file
    }

    deinit { close(self.file) }
}
