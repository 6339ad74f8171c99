import Postgres
import StoreTestSupport
import Testing

@Suite("Transactions")
struct TransactionTests {
    private struct ChangedMyMind: Error {}

    @Test("what the body did is kept when it returns and undone when it throws")
    func allOrNothing() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(thingTable)
        let count = try connection.transaction { transaction in
            try transaction.run(InsertThings([(1, "one")]))
            return try transaction.firstRow(Count())
        }
        #expect(count == 1)
        #expect(throws: ChangedMyMind.self) {
            try connection.transaction { transaction in
                try transaction.run(InsertThings([(2, "two")]))
                throw ChangedMyMind()
            }
        }
        #expect(try connection.firstRow(Count()) == 1)
    }

    @Test("a failure inside that goes unnoticed is an error at the commit")
    func unnoticed() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(thingTable)
        let error = postgresError {
            try connection.transaction { transaction in
                try transaction.run(InsertThings([(1, "one")]))
                _ = postgresError { try transaction.run(InsertThings([(1, "one")])) }
            }
        }
        #expect(error?.operation == .commit)
        #expect(error?.isOutcomeUnknown == false)
        #expect(try connection.firstRow(Count()) == 0)
    }

    @Test("two serializable transactions that cross: one is told so")
    func serialization() throws {
        let address = try TemporaryPostgres.newDatabase()
        let first = try PostgresConnection(address)
        let second = try PostgresConnection(address)
        try first.runScript(thingTable)
        let error = postgresError {
            try first.transaction(isolation: .serializable) { transaction in
                _ = try transaction.firstRow(Count())
                try second.transaction(isolation: .serializable) { other in
                    _ = try other.firstRow(Count())
                    try other.run(InsertThings([(1, "one")]))
                }
                try transaction.run(InsertThings([(2, "two")]))
            }
        }
        #expect(error?.isSerializationFailure == true)
        #expect(try second.firstRow(Count()) == 1)
    }

    @Test("a transaction in a transaction, and a write in a transaction that only reads, are refused")
    func refusals() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(thingTable)
        let nested = postgresError {
            try connection.transaction { _ in try connection.transaction { _ in } }
        }
        #expect(nested?.operation == .begin)
        let written = postgresError {
            _ = try connection.transaction(isReadOnly: true) { try $0.run(InsertThings([(1, nil)])) }
        }
        #expect(written?.sqlState == "25006")
        #expect(try connection.firstRow(Count()) == 0)
    }

    @Test("a lock that is not given in time is an error, and the transaction can be run again")
    func lockLimit() throws {
        let address = try TemporaryPostgres.newDatabase()
        let holder = try PostgresConnection(address)
        var settings = ConnectionSettings()
        settings.lockTimeLimit = .milliseconds(50)
        let waiter = try PostgresConnection(address, settings: settings)
        try holder.runScript(thingTable)
        let error = try holder.transaction { transaction in
            try transaction.runScript("LOCK TABLE thing")
            return postgresError { try waiter.run(InsertThings([(1, nil)])) }
        }
        #expect(error?.sqlState == "55P03")
        #expect(try waiter.run(InsertThings([(1, nil)])) == 1)
    }
}
