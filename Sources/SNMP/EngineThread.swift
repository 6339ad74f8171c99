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
        let cargo = Cargo(loop: loop, inbox: inbox)
        let code = DetachedThread.start("snmp-engine") {
            // The sockets go before anybody is told that they are gone.
            if var loop = cargo.loop.take() { loop.run() }
            cargo.inbox.releaseClosers()
        }
        guard code == 0 else { throw SNMPError(.start, "engine thread", systemText(code)) }
    }
}
