internal import Glibc

/// Whether somebody keeps the clock right: every figure is dated by it.
enum ClockCheck {
    private typealias AdjTimex = @convention(c) (UnsafeMutableRawPointer) -> Int32

    static func findings() -> [DoctorFinding] {
        let check = "clock synchronisation"
        let mend =
            "apt-get install chrony && systemctl enable --now chrony (on the host, if this is a container)"
        guard let reading = self.reading else {
            return [.warn(check, "the kernel does not say", mend: mend)]
        }
        let error = "at most \(reading.maximumErrorMicroseconds / 1_000) ms wrong by its own reckoning"
        guard reading.isSynchronised else {
            return [.warn(check, "the kernel says that nobody disciplines its clock", mend: mend)]
        }
        // Ten seconds are a sixth of the shortest interval: beyond, probes are dated into their neighbours.
        guard reading.maximumErrorMicroseconds < 10_000_000 else { return [.warn(check, error, mend: mend)] }
        return [.ok(check, error)]
    }

    /// What `adjtimex` says when it is asked to change nothing (adjtimex(2)).
    private static var reading: (isSynchronised: Bool, maximumErrorMicroseconds: Int64)? {
        // Swift's view of the C library leaves out `sys/timex.h`, so the function is looked up by name. `struct timex`
        // is 208 bytes on 64-bit machines: `modes` at 0 stays 0, `maxerror` is the long at 24.
        guard let adjtimex = dlsym(nil, "adjtimex").map({ unsafeBitCast($0, to: AdjTimex.self) }) else {
            return nil
        }
        return withUnsafeTemporaryAllocation(byteCount: 512, alignment: 16) { bytes in
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            guard let base = bytes.baseAddress else { return nil }
            let state = adjtimex(base)
            guard state >= 0 else { return nil }
            // 5 is TIME_ERROR.
            return (state != 5, Int64(base.load(fromByteOffset: 24, as: Int.self)))
        }
    }
}
