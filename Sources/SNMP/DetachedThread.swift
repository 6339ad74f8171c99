internal import Glibc

/// A thread that nobody joins: it does one thing and ends.
enum DetachedThread {
    /// What the thread does, carried over to it.
    private final class Cargo {
        let name: String
        let body: () -> Void

        init(_ name: String, _ body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts one under a name of at most 15 bytes, which `top` and debuggers show. Returns 0, or the system's error number,
    /// and then `body` never runs.
    static func start(_ name: String, _ body: @escaping () -> Void) -> Int32 {
        let cargo = Unmanaged.passRetained(Cargo(name, body))
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        defer { pthread_attr_destroy(&attributes) }
        var thread = pthread_t()
        let code = pthread_create(
            &thread,
            &attributes,
            { raw in
                guard let raw else { return nil }
                // Signals are for the program's own threads.
                var all = sigset_t()
                sigfillset(&all)
                pthread_sigmask(SIG_BLOCK, &all, nil)
                let cargo = Unmanaged<Cargo>.fromOpaque(raw).takeRetainedValue()
                DetachedThread.show(cargo.name)
                cargo.body()
                return nil
            },
            cargo.toOpaque()
        )
        if code != 0 { cargo.release() }
        return code
    }

    /// Names the calling thread. A kernel without the file leaves it unnamed.
    private static func show(_ name: String) {
        guard let file = fopen("/proc/thread-self/comm", "w") else { return }
        fputs(name, file)
        fclose(file)
    }
}
