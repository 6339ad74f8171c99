internal import Foundation
internal import Synchronization

/// A fixed set of threads for calls that block.
///
/// Swift's own pool has one thread a core and expects none of them to wait. A blocking call belongs here; the number
/// of threads is also the number of such calls under way at once. Lanes are made in one place and handed down as
/// `any TaskExecutor`.
public final class BlockingLane: TaskExecutor {
    /// How near the lane is to its limits.
    public struct Load: Hashable, Sendable {
        /// Its threads.
        public var threads: Int
        /// Jobs that run now; at most `threads`.
        public var running: Int
        /// Jobs that wait for a thread now.
        public var waiting: Int
        /// The most that ever waited.
        public var mostWaiting: Int
        /// Jobs that came when more than `waitingLimit` waited already. A job of Swift's cannot be refused, so whoever
        /// uses the lane keeps its own limit; this tells that it did not.
        public var overLimit: UInt64
    }

    /// Jobs that should wait at most.
    public let waitingLimit: Int
    /// The threads' name, before their number.
    public let name: String
    private let inbox: LaneInbox

    /// A lane of `threadCount` threads, `1...1_024`, named `name-1`, `name-2`, … (the kernel keeps 15 bytes).
    ///
    /// - Parameters:
    ///   - name: What the threads are for.
    ///   - threadCount: How many calls may be under way.
    ///   - waitingLimit: Jobs that should wait at most; at least 1.
    ///   - stackBytes: Of each thread; at least 128 KiB.
    public init(name: String, threadCount: Int, waitingLimit: Int = 1_024, stackBytes: Int = 512 << 10) {
        precondition((1...1_024).contains(threadCount) && waitingLimit >= 1 && stackBytes >= 128 << 10)
        let inbox = LaneInbox(threads: threadCount, waitingLimit: waitingLimit)
        (self.name, self.waitingLimit, self.inbox) = (name, waitingLimit, inbox)
        for number in 1...threadCount {
            let thread = Thread { [executor = self.asUnownedTaskExecutor()] in
                Self.nameThread("\(name)-\(number)")
                while let job = inbox.next() {
                    job.runSynchronously(on: executor)
                    inbox.done()
                }
            }
            thread.stackSize = stackBytes
            thread.start()
        }
        // A job holds a reference to nothing but its executor's address: the lane must outlive its threads.
        inbox.keep(self)
    }

    /// Takes in one job.
    public func enqueue(_ job: consuming ExecutorJob) { self.inbox.append(UnownedJob(job)) }

    /// Lets every thread finish what waits and end. Nothing may be handed to the lane afterwards.
    public func close() { self.inbox.close() }

    /// How near the lane is to its limits now.
    public var load: Load { self.inbox.load }

    /// Names the calling thread for `top` and debuggers; a name set from outside does not reach the kernel. Where it
    /// cannot be set the thread stays unnamed.
    private static func nameThread(_ name: String) {
        try? Data(name.utf8.prefix(15)).write(to: URL(filePath: "/proc/thread-self/comm"))
    }
}

/// The jobs of a lane, first in, first out.
private final class LaneInbox: @unchecked Sendable {  // everything is behind the condition's lock
    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []
    private var head = 0
    private var isClosed = false
    private var owner: BlockingLane?
    private var counts: BlockingLane.Load
    private let waitingLimit: Int
    private var threadsLeft: Int

    init(threads: Int, waitingLimit: Int) {
        self.counts = BlockingLane.Load(
            threads: threads,
            running: 0,
            waiting: 0,
            mostWaiting: 0,
            overLimit: 0
        )
        (self.waitingLimit, self.threadsLeft) = (waitingLimit, threads)
    }

    var load: BlockingLane.Load { self.condition.withLock { self.counts } }

    func keep(_ owner: BlockingLane) { self.condition.withLock { self.owner = owner } }

    func append(_ job: UnownedJob) {
        self.condition.withLock {
            precondition(!self.isClosed, "a job for a lane that was closed")
            if self.counts.waiting >= self.waitingLimit { self.counts.overLimit += 1 }
            self.jobs.append(job)
            self.counts.waiting += 1
            self.counts.mostWaiting = max(self.counts.mostWaiting, self.counts.waiting)
            self.condition.signal()
        }
    }

    func next() -> UnownedJob? {
        self.condition.withLock {
            while self.head == self.jobs.count && !self.isClosed { self.condition.wait() }
            guard self.head < self.jobs.count else {
                self.threadsLeft -= 1
                if self.threadsLeft == 0 { self.owner = nil }
                return nil
            }
            defer { self.compact() }
            self.counts.waiting -= 1
            self.counts.running += 1
            return self.jobs[self.head]
        }
    }

    func done() { self.condition.withLock { self.counts.running -= 1 } }

    private func compact() {
        self.head += 1
        guard self.head == self.jobs.count || self.head > 1_024 else { return }
        self.jobs.removeFirst(self.head)
        self.head = 0
    }

    func close() {
        self.condition.withLock {
            self.isClosed = true
            self.condition.broadcast()
        }
    }
}
