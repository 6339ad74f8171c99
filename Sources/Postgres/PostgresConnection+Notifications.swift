internal import CLibPQ
internal import Glibc

/// One `NOTIFY` that arrived.
public struct DatabaseNotification: Sendable, Equatable {
    /// The channel it was sent on.
    public var channel: String
    /// Its text; empty when none was given.
    public var payload: String
    /// The server's process that sent it.
    public var serverProcess: Int
}

extension PostgresConnection {
    /// Listens on a channel until the session ends. What was notified before is not seen: look at the state first.
    public func listen(on channel: String) throws(PostgresError) {
        guard let quoted = PQescapeIdentifier(self.session.connection, channel, channel.utf8.count) else {
            throw self.session.lost(.listen, nil)
        }
        defer { PQfreemem(quoted) }
        try self.session.runScript("LISTEN \(String(cString: quoted))", operation: .listen)
        self.session.isListening = true
    }

    /// Sends a notification; inside a transaction it goes out when that commits. At most 7,999 bytes of payload.
    public func notify(channel: String, payload: String = "") throws(PostgresError) {
        try self.run(Notify(channel: channel, payload: payload))
    }

    /// Waits until at least one notification is there, the time is up, or ``Stopper/stop()`` was called, and gives
    /// what arrived, in order; empty when none did.
    public func waitForNotifications(timeLimit: Duration) throws(PostgresError) -> [DatabaseNotification] {
        try self.session.checkUsable(.listen, nil)
        let deadline = Deadline.after(timeLimit)
        let connection = self.session.connection
        while true {
            guard PQconsumeInput(connection) == 1 else { throw self.session.lost(.listen, nil) }
            let arrived = self.session.takeNotifications()
            guard arrived.isEmpty else { return arrived }
            switch Interrupt.wait(
                for: POLLIN,
                on: PQsocket(connection),
                until: deadline,
                or: self.session.interrupt
            )
            {
            case .ready: continue
            case .timedOut: return []
            case .interrupted:
                self.session.interrupt.clear()
                return []
            }
        }
    }
}

extension Session {
    fileprivate func takeNotifications() -> [DatabaseNotification] {
        var taken: [DatabaseNotification] = []
        while let notification = PQnotifies(self.connection) {
            taken.append(
                DatabaseNotification(
                    channel: String(cString: notification.pointee.relname),
                    payload: String(cString: notification.pointee.extra),
                    serverProcess: Int(notification.pointee.be_pid)
                )
            )
            PQfreemem(notification)
        }
        return taken
    }
}

private struct Notify: Statement {
    typealias Row = Never

    static let sql = "SELECT pg_notify($1, $2)"
    let channel: String
    let payload: String

    var parameters: [String?] { [self.channel, self.payload] }
}
