import Postgres
import StoreTestSupport
import Testing

@Suite("Statements")
struct StatementTests {
    @Test("many rows go in by arrays and come out in order")
    func batches() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(thingTable)
        let count = try connection.run(InsertThings([(2, "two"), (1, nil), (3, "three, \"3\"")]))
        #expect(count == 3)
        #expect(try connection.rows(SelectNames()) == [nil, "two", "three, \"3\""])
        #expect(try connection.firstRow(Count()) == 3)
    }

    @Test("an error tells the statement, the SQLSTATE, the constraint and the server's words")
    func errors() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(thingTable)
        try connection.run(InsertThings([(1, "one")]))
        let again = postgresError { try connection.run(InsertThings([(1, "one")])) }
        #expect(again?.isUniqueViolation == true)
        #expect(again?.statement == "InsertThings")
        #expect(again?.constraint == "thing_pkey")
        #expect(again?.isConnectionLost == false)
        let long = postgresError {
            try connection.run(InsertThings([(2, String(repeating: "x", count: 100))]))
        }
        #expect(long?.constraint == "short")
        let misspelt = postgresError { try connection.prepare(Misspelt.self) }
        #expect(misspelt?.operation == .prepare)
        #expect(misspelt?.sqlState == "42601")
        #expect(misspelt?.position == 1)
        #expect(try connection.firstRow(Count()) == 1)
    }

    @Test("preparing tells how many parameters and which columns the server sees")
    func shapes() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(thingTable)
        let statements: [any Statement.Type] = [InsertThings.self, SelectNames.self]
        let shapes = try statements.map { try connection.prepare($0) }
        #expect(shapes.map { $0.parameterCount } == [2, 0])
        #expect(shapes.map { $0.columns } == [[], ["name"]])
    }

    @Test("a statement goes on working when a table is made anew with other columns")
    func changedTable() throws {
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        try connection.runScript(thingTable)
        #expect(try connection.rows(SelectNames()).isEmpty)
        try connection.runScript("DROP TABLE thing; CREATE TABLE thing (id bigint, name varchar(10))")
        #expect(try connection.rows(SelectNames()).isEmpty)
        try connection.runScript("DEALLOCATE ALL")
        #expect(try connection.rows(SelectNames()).isEmpty)
    }

    @Test("rows are read one by one, and a reader that has had enough leaves a working connection")
    func oneByOne() throws {
        struct Enough: Error {}
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase())
        var sum = 0
        try connection.forEachRow(Numbers(count: 10_000)) { sum += $0 }
        #expect(sum == 50_005_000)
        #expect(throws: Enough.self) {
            try connection.forEachRow(Numbers(count: 100_000_000)) { if $0 == 10 { throw Enough() } }
        }
        #expect(try connection.rows(Numbers(count: 2)) == [1, 2])
    }

    @Test("the server's limit ends a long statement, and the connection goes on")
    func statementLimit() throws {
        var settings = ConnectionSettings()
        settings.statementTimeLimit = .milliseconds(50)
        let connection = try PostgresConnection(try TemporaryPostgres.newDatabase(), settings: settings)
        let error = postgresError { _ = try connection.rows(SleepLong()) }
        #expect(error?.isCancelled == true)
        #expect(try connection.rows(Numbers(count: 1)) == [1])
    }

    @Test("a statement is stopped from another thread, and the connection goes on")
    func stopper() async throws {
        let address = try TemporaryPostgres.newDatabase()
        let watcher = try await Watcher(address, channel: "begun")
        let pool = ConnectionPool(address)
        let (stoppers, give) = AsyncStream.makeStream(of: PostgresConnection.Stopper.self)
        let work = Task {
            try await pool.withConnection { connection in
                give.yield(connection.stopper)
                try connection.notify(channel: "begun")
                let error = postgresError { _ = try connection.rows(SleepLong()) }
                return (error, try connection.rows(Numbers(count: 1)))
            }
        }
        var next = stoppers.makeAsyncIterator()
        let stopper = await next.next()
        #expect(try await watcher.wait() == 1)
        stopper?.stop()
        let (error, numbers) = try await work.value
        #expect(error?.isCancelled == true)
        #expect(numbers == [1])
        await pool.close()
    }
}

@Suite("Notifications")
struct NotificationTests {
    @Test("a notification arrives with its text, and a wait without one ends in time")
    func notifications() throws {
        let address = try TemporaryPostgres.newDatabase()
        let listener = try PostgresConnection(address)
        let speaker = try PostgresConnection(address)
        let channel = "a \"channel\""
        try listener.listen(on: channel)
        #expect(try listener.waitForNotifications(timeLimit: .milliseconds(10)).isEmpty)
        try speaker.notify(channel: channel, payload: "桩号")
        try speaker.notify(channel: "another")
        let arrived = try listener.waitForNotifications(timeLimit: .seconds(20))
        #expect(arrived.map { $0.channel } == [channel])
        #expect(arrived.map { $0.payload } == ["桩号"])
        #expect(arrived.first?.serverProcess == speaker.serverProcess)
    }
}
