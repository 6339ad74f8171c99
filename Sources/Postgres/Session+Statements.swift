internal import CLibPQ

extension Session {
    func rows<S: Statement>(_ statement: S) throws(PostgresError) -> [S.Row] {
        try self.again(S.self) { () throws(PostgresError) in
            let label = "\(S.self)"
            let deadline = self.answerDeadline()
            var rows: [S.Row] = []
            try self.checkUsable(.execute, label)
            try self.send(statement, deadline)
            try self.drain(.execute, label, deadline) { result throws(PostgresError) in
                let count = PQntuples(result)
                rows.reserveCapacity(Int(count))
                for row in 0..<count {
                    rows.append(try S.decode(RowReader(result: result, row: row, statement: label)))
                }
            }
            return rows
        }
    }

    func run<S: Statement>(_ statement: S) throws(PostgresError) -> Int {
        try self.again(S.self) { () throws(PostgresError) in
            let label = "\(S.self)"
            let deadline = self.answerDeadline()
            var count = 0
            try self.checkUsable(.execute, label)
            try self.send(statement, deadline)
            try self.drain(.execute, label, deadline) { result in
                count = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
            }
            return count
        }
    }

    func forEachRow<S: Statement>(_ statement: S, _ body: (S.Row) throws -> Void) throws {
        let label = "\(S.self)"
        // The limit is on each wait for the server, not on what the body makes of the rows.
        try self.checkUsable(.execute, label)
        try self.send(statement, self.answerDeadline())
        guard PQsetSingleRowMode(self.connection) == 1 else {
            throw self.abandoned(.execute, label, "rows cannot be read one by one here")
        }
        var failure: (any Error)?
        while let result = try self.nextResult(.execute, label, self.answerDeadline()) {
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_SINGLE_TUPLE where failure == nil:
                do {
                    try body(try S.decode(RowReader(result: result, row: 0, statement: label)))
                } catch {
                    failure = error
                    self.askToStop()
                }
            case PGRES_SINGLE_TUPLE, PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                break
            case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
                throw self.abandoned(.execute, label, "a COPY began where none was expected")
            default:
                failure = failure ?? self.failure(result, .execute, label)
            }
        }
        if let failure { throw failure }
    }

    /// Runs `body`; once more, freshly prepared, when the server has dropped the plan or a migration has changed
    /// its columns. Inside a transaction that is an error: the transaction is lost already.
    private func again<Result>(
        _ statement: any Statement.Type,
        _ body: () throws(PostgresError) -> Result
    ) throws(PostgresError) -> Result {
        let wasInTransaction = self.isInTransaction
        do {
            return try body()
        } catch {
            let isStale =
                error.sqlState == "26000"
                || (error.sqlState == "0A000" && error.message.contains("cached plan"))
            guard isStale else { throw error }
            self.forget(statement)
            if wasInTransaction { throw error }
            return try body()
        }
    }
}
