public import Postgres
public import WaysideCore

/// The database (数据库) that Wayside writes to and reads from, brought to this program's schema.
public struct Store: Sendable {
    /// Its connections.
    public let pool: ConnectionPool

    /// A database that is migrated already.
    public init(pool: ConnectionPool) { self.pool = pool }

    /// How long one migration may take.
    private static let migrationTimeLimit: Duration = .seconds(3_600)

    /// Opens the database and brings it to this program's schema, which blocks until that is done.
    ///
    /// - Parameters:
    ///   - address: Where it is.
    ///   - settings: How many connections, and how long to wait.
    ///   - now: The date of the migrations, if any are needed.
    /// - Returns: The store; no connection of its pool is open yet.
    /// - Throws: `PostgresError` when it cannot be entered, `Migrator.Refusal` when it is not ours or is
    ///   newer.
    public static func open(
        _ address: DatabaseAddress,
        settings: PoolSettings = PoolSettings(),
        now: Timestamp
    ) throws -> Store {
        var patient = settings.connection
        patient.statementTimeLimit = Self.migrationTimeLimit
        patient.lockTimeLimit = Self.migrationTimeLimit
        let connection = try PostgresConnection(address, settings: patient)
        try Migrator(migrations: Self.migrations).migrate(connection, at: now)
        return Store(pool: ConnectionPool(address, settings: settings))
    }

    /// All steps of the schema, in order.
    public static var migrations: [Migration] {
        [
            Migration(name: "m0001_inventory", bytes: PackageResources.m0001_inventory_sql),
            Migration(name: "m0002_changes", bytes: PackageResources.m0002_changes_sql),
            Migration(name: "m0003_tickets", bytes: PackageResources.m0003_tickets_sql),
            Migration(name: "m0004_outbox", bytes: PackageResources.m0004_outbox_sql),
            Migration(name: "m0005_rollups", bytes: PackageResources.m0005_rollups_sql),
            Migration(name: "m0006_restatement", bytes: PackageResources.m0006_restatement_sql),
            Migration(name: "m0007_health_history", bytes: PackageResources.m0007_health_history_sql),
        ]
    }

    /// Closes every connection.
    public func close() async { await self.pool.close() }
}
