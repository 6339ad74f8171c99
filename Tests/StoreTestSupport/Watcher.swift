public import Postgres

/// Waits for a notification on a thread of its own, so that a test which waits holds none of Swift's threads: there
/// is one a core, and what it waits for may need it.
public final class Watcher: Sendable {
    private let pool: ConnectionPool

    /// Listens from now on.
    public init(_ address: DatabaseAddress, channel: String) async throws {
        var settings = PoolSettings()
        settings.connectionCount = 1
        settings.closingTimeLimit = .zero
        self.pool = ConnectionPool(address, settings: settings)
        try await self.pool.withConnection { try $0.listen(on: channel) }
    }

    /// Waits until something was notified, for a minute at most, and says how often it was.
    public func wait() async throws -> Int {
        try await self.pool.withConnection { try $0.waitForNotifications(timeLimit: .seconds(60)).count }
    }
}
