import Glibc
import Postgres
import StoreTestSupport
import Synchronization
import Testing

@Suite("Pools")
struct PoolTests {
    private static func pool(
        _ address: DatabaseAddress,
        connections: Int = 2,
        _ change: (inout PoolSettings) -> Void = { _ in }
    ) -> ConnectionPool {
        var settings = PoolSettings()
        settings.connectionCount = connections
        settings.firstRetryDelay = .milliseconds(10)
        change(&settings)
        return ConnectionPool(address, settings: settings)
    }

    @Test("two hundred tasks share three connections, and each statement is prepared once on each")
    func sharing() async throws {
        let pool = PoolTests.pool(try TemporaryPostgres.newDatabase(), connections: 3)
        let processes = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    try await pool.withConnection { connection in
                        let numbers = try connection.rows(Numbers(count: 3))
                        #expect(numbers == [1, 2, 3])
                        let prepared = try connection.firstRow(PreparedCount())
                        #expect(prepared == 1)
                        return connection.serverProcess
                    }
                }
            }
            var processes: Set<Int> = []
            for try await process in group { processes.insert(process) }
            return processes
        }
        #expect((1...3).contains(processes.count))
        await pool.close()
    }

    private struct PreparedCount: Statement {
        static let sql =
            "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%generate_series%' AND name <> ''"
            + " AND statement NOT LIKE '%pg_prepared%'"
        static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int { try row.int(0) }
    }

    @Test("a transaction that throws leaves the connection to the next, clean")
    func transactions() async throws {
        struct Failure: Error {}
        let pool = PoolTests.pool(try TemporaryPostgres.newDatabase(), connections: 1)
        try await pool.withConnection { try $0.runScript(thingTable) }
        await #expect(throws: Failure.self) {
            try await pool.transaction { transaction in
                try transaction.run(InsertThings([(1, nil)]))
                throw Failure()
            }
        }
        #expect(try await pool.firstRow(Count()) == 0)
        #expect(try await pool.run(InsertThings([(1, nil)])) == 1)
        await pool.close()
    }

    @Test("a cancelled task stops its statement on the server; one that still waits never begins")
    func cancelling() async throws {
        let address = try TemporaryPostgres.newDatabase()
        let watcher = try await Watcher(address, channel: "begun")
        let pool = PoolTests.pool(address, connections: 1)
        let running = Task {
            try await pool.withConnection { connection in
                try connection.notify(channel: "begun")
                return try connection.rows(SleepLong()).count
            }
        }
        #expect(try await watcher.wait() == 1)
        let waiting = Task { try await pool.firstRow(Numbers(count: 1)) }
        while pool.load.waiting == 0 { sched_yield(); await Task.yield() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        #expect(try await pool.firstRow(Numbers(count: 1)) == 1)
        await pool.close()
    }

    @Test("work beyond the limit of those who wait is refused at once, and waiting ends in time")
    func limits() async throws {
        let address = try TemporaryPostgres.newDatabase()
        let watcher = try await Watcher(address, channel: "begun")
        let pool = PoolTests.pool(address, connections: 1) {
            $0.waitingLimit = 1
            $0.waitTimeLimit = .milliseconds(300)
            $0.closingTimeLimit = .zero
        }
        let running = Task {
            try await pool.withConnection { connection in
                try connection.notify(channel: "begun")
                return try connection.rows(SleepLong()).count
            }
        }
        #expect(try await watcher.wait() == 1)
        let waiting = Task { try await pool.firstRow(Numbers(count: 1)) }
        while pool.load.waiting == 0 { sched_yield(); await Task.yield() }
        await #expect(throws: PostgresError.self) { try await pool.firstRow(Numbers(count: 1)) }
        await #expect(throws: PostgresError.self) { try await waiting.value }
        await pool.close()
        await #expect(throws: PostgresError.self) { try await running.value }
        await #expect(throws: PostgresError.self) { try await pool.firstRow(Numbers(count: 1)) }
        await pool.close()
    }
}
