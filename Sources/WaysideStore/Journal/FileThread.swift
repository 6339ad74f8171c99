internal import Glibc

/// One thread of our own on which an actor that waits for disks runs, so that none of Swift's own threads
/// waits.
final class FileThread: SerialExecutor {
    private let queue: FileThreadQueue

    /// Starts the thread; `name` shows 15 bytes.
    init(name: String) throws(SystemError) {
        self.queue = FileThreadQueue(name: name)
        try self.queue.start()
    }

    deinit { self.queue.finish() }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = self.asUnownedSerialExecutor()
        self.queue.add { job.runSynchronously(on: executor) }
    }
}

/// What the thread has still to do.
///
/// Unchecked because the compiler cannot see that the mutex guards `waiting` and `isFinished`: both are
/// touched under it only, and the two pointers never change.
private final class FileThreadQueue: @unchecked Sendable {
    private let name: String
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waiting: [() -> Void] = []
    private var isFinished = false

    init(name: String) {
        self.name = String(decoding: name.utf8.prefix(15), as: UTF8.self)
        pthread_mutex_init(self.mutex, nil)
        pthread_cond_init(self.condition, nil)
    }

    deinit {
        pthread_cond_destroy(self.condition)
        pthread_mutex_destroy(self.mutex)
        self.condition.deallocate()
        self.mutex.deallocate()
    }

    func start() throws(SystemError) {
        let queue = Unmanaged.passRetained(self)
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<FileThreadQueue>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            queue.toOpaque()
        )
        guard status == 0 else {
            queue.release()
            throw SystemError(call: "pthread_create", path: self.name, code: status)
        }
        pthread_detach(thread)
    }

    func add(_ work: @escaping () -> Void) {
        pthread_mutex_lock(self.mutex)
        self.waiting.append(work)
        pthread_cond_signal(self.condition)
        pthread_mutex_unlock(self.mutex)
    }

    func finish() {
        pthread_mutex_lock(self.mutex)
        self.isFinished = true
        pthread_cond_signal(self.condition)
        pthread_mutex_unlock(self.mutex)
    }

    private func run() {
        self.nameThread()
        while let work = self.next() {
            for work in work { work() }
        }
    }

    private func next() -> [() -> Void]? {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        while self.waiting.isEmpty {
            if self.isFinished { return nil }
            pthread_cond_wait(self.condition, self.mutex)
        }
        defer { self.waiting.removeAll() }
        return self.waiting
    }

    /// For people who look with `top -H`; without it nothing is lost.
    private func nameThread() {
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, self.name, self.name.utf8.count)
        close(file)
    }
}
