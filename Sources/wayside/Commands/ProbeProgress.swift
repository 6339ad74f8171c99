internal import Glibc
internal import Synchronization

/// How far many probes are, for who waits at a terminal: one line of standard error, gone when they are done.
///
/// Draws nothing for a single stream, or when standard error is no terminal.
final class ProbeProgress: Sendable {
    private let count: Int
    private let isShown: Bool
    private let done = Mutex(0)

    init(of count: Int) {
        self.count = count
        self.isShown = count > 1 && isatty(STDERR_FILENO) == 1
        self.draw(0)
    }

    /// One more is done.
    func step() {
        // Drawn under the lock, or a slow thread would draw an older state last.
        self.done.withLock { done in
            done += 1
            self.draw(done)
        }
    }

    /// Takes the line away.
    func clear() { if self.isShown { Output.write("\r\u{1b}[K", to: STDERR_FILENO) } }

    private func draw(_ done: Int) {
        if self.isShown {
            Output.write("\r" + Self.line(done, of: self.count) + "\u{1b}[K", to: STDERR_FILENO)
        }
    }

    /// `━━━━━─────  5 of 10 streams`; `count` is at least 1.
    private static func line(_ done: Int, of count: Int) -> String {
        let width = 30
        let filled = done * width / count
        let bar = String(repeating: "━", count: filled) + String(repeating: "─", count: width - filled)
        return "\(bar)  \(done) of \(count) streams"
    }
}
