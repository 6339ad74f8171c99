internal import Glibc
internal import Synchronization

/// A way to end probes early. One may be shared by many of them.
///
/// A probe that is told to stop says goodbye to the camera within `MediaLimits.farewell` and answers
/// `unknown(collectorGap)`.
public final class MediaCancellation: Sendable {
    let signal: WakePipe

    /// Not cancelled yet.
    ///
    /// - Throws: When the process has no descriptor left.
    public init() throws(MediaCancellationError) {
        guard let signal = WakePipe() else { throw MediaCancellationError() }
        self.signal = signal
    }

    /// Ends all probes that were given this. May be called from anywhere, and more than once.
    public func cancel() {
        self.signal.raise()
    }

    /// Whether `cancel` was called.
    public var isCancelled: Bool { self.signal.isRaised }
}

/// No descriptor was left to make a `MediaCancellation` of.
public struct MediaCancellationError: Error, Sendable {}

/// A flag that `poll` can wait for: a pipe that becomes readable once and stays so.
final class WakePipe: Sendable {
    let readable: Int32
    private let writable: Int32
    private let raised = Atomic<Bool>(false)

    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.readable = ends[0]
        self.writable = ends[1]
    }

    deinit {
        close(self.readable)
        close(self.writable)
    }

    var isRaised: Bool { self.raised.load(ordering: .acquiring) }

    func raise() {
        guard !self.raised.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var byte: UInt8 = 1
        _ = write(self.writable, &byte, 1)
    }
}
