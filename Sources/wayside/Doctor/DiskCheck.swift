internal import Glibc

/// Whether the disk under the data folder has room, takes what is written, and makes it safe soon enough.
enum DiskCheck {
    private static let writeCount = 20

    static func findings(_ path: String) -> [DoctorFinding] {
        let folder = DoctorFiles.nearestFolder(path)
        let isMade = folder == path
        return [
            self.room(folder),
            isMade || access(folder, W_OK) == 0 ? self.speed(folder) : self.barred(folder, path),
        ]
    }

    private static func barred(_ folder: String, _ path: String) -> DoctorFinding {
        .fail(
            "data folder",
            "\(path) is not there, and we may not make it in \(folder)",
            mend: "sudo install -d -o \(self.userName) \(path)"
        )
    }

    private static var userName: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }

    /// A day's journal of the largest province is 8 GB; a small road's is some tens of MB.
    private static func room(_ folder: String) -> DoctorFinding {
        var about = statvfs()
        guard statvfs(folder, &about) == 0 else {
            return .fail("disk space", "\(folder): \(DoctorFiles.lastWords)", mend: "name another --data-dir")
        }
        let free = UInt64(about.f_bavail) * UInt64(about.f_frsize)
        let found = "\(self.gigabytes(free)) GB free under \(folder)"
        let mend = "free some, or name a --data-dir on a larger disk"
        if free < 1_000_000_000 { return .fail("disk space", found, mend: mend) }
        if free < 10_000_000_000 { return .warn("disk space", found, mend: mend) }
        return .ok("disk space", found)
    }

    private static func gigabytes(_ bytes: UInt64) -> String {
        "\(bytes / 1_000_000_000).\(bytes / 100_000_000 % 10)"
    }

    /// Writes small pieces as the journal does, each made safe, into a file without a name.
    private static func speed(_ folder: String) -> DoctorFinding {
        let check = "disk writes"
        var template = Array("\(folder)/.wayside-doctor-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else {
            let mend = "sudo chown -R \(self.userName) \(folder), or name another --data-dir"
            return .fail(check, "\(folder): \(DoctorFiles.lastWords)", mend: mend)
        }
        unlink(template)
        defer { close(descriptor) }
        let piece = [UInt8](repeating: 0x57, count: 8_192)
        var times: [Duration] = []
        for _ in 0..<self.writeCount {
            let start = ContinuousClock.now
            guard write(descriptor, piece, piece.count) == piece.count, fdatasync(descriptor) == 0 else {
                let mend = "free some room, and look at the disk: dmesg | tail"
                return .fail(check, "\(folder): \(DoctorFiles.lastWords)", mend: mend)
            }
            times.append(ContinuousClock.now - start)
        }
        times.sort()
        let (middle, worst) = (times[times.count / 2], times[times.count - 1])
        let found =
            "8 KiB are safe in \(self.milliseconds(middle)) ms, at worst in \(self.milliseconds(worst)) ms"
        let mend = "put --data-dir on a local disk or SSD"
        // The patrol appends once a second or so; slower than that it falls behind.
        if middle > .seconds(1) { return .fail(check, found, mend: mend) }
        if middle > .milliseconds(100) { return .warn(check, found, mend: mend) }
        return .ok(check, found)
    }

    private static func milliseconds(_ duration: Duration) -> String {
        let tenths = Int(duration / .microseconds(100))
        return "\(tenths / 10).\(tenths % 10)"
    }
}
