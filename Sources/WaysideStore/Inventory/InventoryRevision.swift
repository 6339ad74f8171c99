internal import Postgres

extension InventoryStore {
    /// A text that is another one whenever the inventory is: cheap to ask often, meaningless otherwise.
    public func revision() async throws -> String {
        try await self.database.pool.firstRow(SelectInventoryRevision()) ?? ""
    }
}

/// What tells two states of the inventory apart: devices carry the instant of their last change,
/// organizations are few.
struct SelectInventoryRevision: Statement {
    static let sql = """
        SELECT concat_ws('/', devices.n, devices.latest, moves.n, organizations.digest)
          FROM (SELECT count(*) AS n, max(recorded_at) AS latest FROM device) AS devices,
               (SELECT count(*) AS n FROM device_move) AS moves,
               (SELECT md5(string_agg(concat_ws('|', key, name, kind, parent_key), ',' ORDER BY key)) AS digest
                  FROM organization) AS organizations
        """

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> String { try row.text(0) }
}
