internal import Glibc

/// The thread that runs an engine's loop.
enum EngineThread {
    /// What the thread takes with it.
    private final class Cargo {
        var loop: EngineLoop?
        let inbox: Inbox

        init(loop: consuming EngineLoop, inbox: Inbox) {
            self.loop = consume loop
            self.inbox = inbox
        }
    }

    static func start(_ loop: consuming EngineLoop, releasing inbox: Inbox) throws(SNMPError) {
        let cargo = Unmanaged.passRetained(Cargo(loop: loop, inbox: inbox))
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
                EngineThread.name("snmp-engine")
                let cargo = Unmanaged<Cargo>.fromOpaque(raw).takeRetainedValue()
                // The sockets go before anybody is told that they are gone.
                if var loop = cargo.loop.take() { loop.run() }
                cargo.inbox.releaseClosers()
                return nil
            },
            cargo.toOpaque()
        )
        guard code == 0 else {
            cargo.release()
            throw SNMPError(.start, "engine thread", systemText(code))
        }
    }

    /// Names the calling thread for `top` and debuggers. A kernel without the file leaves it unnamed.
    private static func name(_ name: String) {
        guard let file = fopen("/proc/thread-self/comm", "w") else { return }
        fputs(name, file)
        fclose(file)
    }
}
