/// Asks thousands of agents at once over two sockets (IPv4 and IPv6) and one thread.
///
/// Only reads: the engine knows GET, GETNEXT and GETBULK, and has no way to encode anything else. An answer
/// counts only from the address and port that were asked, with the id of the last sending, the same version
/// and the same community. Every question ends by its deadline, whatever the agent does.
///
/// SNMPv3 credentials are accepted in the types and answered `.unsupported` for now.
public final class SNMPEngine: Sendable {
    private let settings: SNMPEngineSettings
    let inbox: Inbox

    /// Opens the sockets and starts the thread. Throws when a setting is out of range or the system refuses.
    ///
    /// `sink` takes the replies to rounds (`watch`); questions that are asked singly answer who asks.
    public init(
        settings: SNMPEngineSettings = SNMPEngineSettings(),
        sink: PollSink? = nil
    ) throws(SNMPError) {
        try settings.check()
        let port = try UDPPort(receiveBufferBytes: settings.receiveBufferBytes)
        let inbox = Inbox(waker: port.waker)
        let loop = EngineLoop(settings: settings, sink: sink, port: port, inbox: inbox, now: .read())
        // First the thread: an engine that is half made would tell a thread to end that never ran.
        try EngineThread.start(loop, releasing: inbox)
        self.settings = settings
        self.inbox = inbox
    }

    deinit { self.inbox.close(nil) }

    /// Asks for exactly these objects (GET). `deadline` replaces the setting of that name.
    public func get(
        _ objects: [OID],
        from agent: SNMPAgent,
        deadline: Duration? = nil
    ) async -> SNMPAnswer {
        do throws(SNMPError) {
            return await self.send(try .get(objects), to: agent, deadline: deadline)
        } catch {
            return .unsupported(error.reason)
        }
    }

    /// Asks a question that was encoded before. `deadline` replaces the setting of that name.
    ///
    /// Returns at the latest 10 ms and the loop's own delay after the deadline; at once when the caller's
    /// task is cancelled.
    public func send(
        _ template: PollTemplate,
        to agent: SNMPAgent,
        deadline: Duration? = nil
    ) async -> SNMPAnswer {
        if let problem = agent.access.problem(with: template) { return .unsupported(problem) }
        let question = Question(
            template: template,
            address: agent.address,
            access: agent.access,
            limit: deadline ?? self.settings.deadline
        )
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                self.inbox.ask(Ask(question: question, askedAt: .read(), continuation: continuation))
            }
        } onCancel: {
            self.inbox.cancel(question)
        }
    }

    /// What the engine has done so far.
    public var counters: SNMPEngineCounters { self.inbox.counters }

    /// Ends the engine: questions outstanding are answered `.engineClosed`, later ones too. Returns when the
    /// thread and its sockets are gone; may be called more than once.
    public func close() async {
        await withCheckedContinuation { self.inbox.close($0) }
    }
}
