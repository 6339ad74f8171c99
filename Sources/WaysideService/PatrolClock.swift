internal import Glibc
public import WaysideCore

/// The wall clock with what the kernel says of it.
public struct PatrolWallClock: Sendable {
    private let reading: @Sendable () -> (wall: Timestamp, isSynchronised: Bool)

    /// A clock that is read by that.
    public init(_ reading: @escaping @Sendable () -> (wall: Timestamp, isSynchronised: Bool)) {
        self.reading = reading
    }

    /// What it shows now, and whether the kernel says that it is synchronised.
    public func read() -> (wall: Timestamp, isSynchronised: Bool) { self.reading() }

    /// The system's.
    public static let system = PatrolWallClock {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let wall = Timestamp(milliseconds: Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000)
        return (wall, KernelClock.isSynchronised)
    }
}

/// What the kernel says of its clock.
private enum KernelClock {
    private typealias AdjTimex = @convention(c) (UnsafeMutableRawPointer) -> Int32

    // Swift's view of the C library leaves out `sys/timex.h`, so the function is looked up by name.
    private static let adjtimex = dlsym(nil, "adjtimex").map { unsafeBitCast($0, to: AdjTimex.self) }

    /// The kernel says TIME_ERROR (5) until somebody disciplines the clock, and again from the moment somebody sets it
    /// by hand. Whoever may not ask (-1) does not know, and so does not trust it.
    static var isSynchronised: Bool {
        guard let adjtimex = Self.adjtimex else { return false }
        // `struct timex` is 208 bytes; its first field, the modes, stays 0: this asks and sets nothing.
        return withUnsafeTemporaryAllocation(byteCount: 512, alignment: 16) { bytes in
            bytes.initializeMemory(as: UInt8.self, repeating: 0)
            return bytes.baseAddress.map { (0..<5).contains(adjtimex($0)) } ?? false
        }
    }
}

extension Duration {
    /// Cut to whole milliseconds.
    var wholeMilliseconds: Int64 {
        self.components.seconds * 1_000 + self.components.attoseconds / 1_000_000_000_000_000
    }
}
