internal import CLibPQ
internal import Glibc

/// Writes rows in PostgreSQL's binary COPY format (manual, COPY, "Binary Format"); each value must be of its
/// column's exact type, or the server refuses the whole copy.
public struct CopyWriter: ~Copyable {
    private let session: Session
    private let label: String
    private let columnCount: Int
    private var buffer: [UInt8] = []
    private var columnsLeft = 0

    /// Sent on when the buffer is this full.
    private static let bufferLimit = 64 * 1_024
    /// From 1970-01-01 to 2000-01-01, where PostgreSQL counts from.
    private static let epochDays = 10_957

    init(session: Session, label: String, columnCount: Int) {
        self.session = session
        self.label = label
        self.columnCount = columnCount
        self.buffer.reserveCapacity(CopyWriter.bufferLimit + 4_096)
        self.buffer += Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00]
        // Flags and the length of the header's extension: none.
        self.buffer += [UInt8](repeating: 0, count: 8)
    }

    /// Begins a row; the one before must be whole.
    public mutating func beginRow() throws(PostgresError) {
        try self.checkRowIsWhole()
        if self.buffer.count >= CopyWriter.bufferLimit { try self.send() }
        self.columnsLeft = self.columnCount
        self.put(Int16(self.columnCount))
    }

    /// A null of any type.
    public mutating func appendNull() throws(PostgresError) {
        try self.takeColumn()
        self.put(Int32(-1))
    }

    /// A `bigint`.
    public mutating func append(_ value: Int64) throws(PostgresError) {
        try self.takeColumn()
        self.put(Int32(8))
        self.put(value)
    }

    /// An `integer`.
    public mutating func append(_ value: Int32) throws(PostgresError) {
        try self.takeColumn()
        self.put(Int32(4))
        self.put(value)
    }

    /// A `smallint`.
    public mutating func append(_ value: Int16) throws(PostgresError) {
        try self.takeColumn()
        self.put(Int32(2))
        self.put(value)
    }

    /// A `double precision`.
    public mutating func append(_ value: Double) throws(PostgresError) {
        try self.takeColumn()
        self.put(Int32(8))
        self.put(value.bitPattern)
    }

    /// A `real`.
    public mutating func append(_ value: Float) throws(PostgresError) {
        try self.takeColumn()
        self.put(Int32(4))
        self.put(value.bitPattern)
    }

    /// A `boolean`.
    public mutating func append(_ value: Bool) throws(PostgresError) {
        try self.takeColumn()
        self.put(Int32(1))
        self.buffer.append(value ? 1 : 0)
    }

    /// A `text`, an enum's label, or `json`.
    public mutating func append(_ value: String) throws(PostgresError) {
        try self.append(bytes: value.utf8)
    }

    /// A `bytea`.
    public mutating func append(bytes value: some Collection<UInt8>) throws(PostgresError) {
        try self.takeColumn()
        self.put(try self.length(value.count))
        self.buffer += value
    }

    /// A `jsonb`.
    public mutating func append(jsonb value: String) throws(PostgresError) {
        try self.takeColumn()
        self.put(try self.length(value.utf8.count + 1))
        self.buffer.append(1)
        self.buffer += value.utf8
    }

    /// A `timestamptz`; milliseconds since 1970-01-01T00:00:00Z.
    public mutating func append(timestamp milliseconds: Int64) throws(PostgresError) {
        let (microseconds, overflows) =
            (milliseconds - Int64(CopyWriter.epochDays) * 86_400_000).multipliedReportingOverflow(by: 1_000)
        guard !overflows else { throw self.error("the instant \(milliseconds) is out of range") }
        try self.append(microseconds)
    }

    /// A `date`; days since 1970-01-01.
    public mutating func append(day daysSince1970: Int) throws(PostgresError) {
        guard let day = Int32(exactly: daysSince1970 - CopyWriter.epochDays) else {
            throw self.error("the day \(daysSince1970) is out of range")
        }
        try self.append(day)
    }

    /// A `bigint[]`.
    public mutating func append(_ values: [Int64]) throws(PostgresError) {
        try self.beginArray(count: values.count, elementType: 20, elementLength: 8)
        for value in values {
            self.put(Int32(8))
            self.put(value)
        }
    }

    /// An `integer[]`.
    public mutating func append(_ values: [Int32]) throws(PostgresError) {
        try self.beginArray(count: values.count, elementType: 23, elementLength: 4)
        for value in values {
            self.put(Int32(4))
            self.put(value)
        }
    }

    /// A `smallint[]`.
    public mutating func append(_ values: [Int16]) throws(PostgresError) {
        try self.beginArray(count: values.count, elementType: 21, elementLength: 2)
        for value in values {
            self.put(Int32(2))
            self.put(value)
        }
    }

    /// A `real[]`.
    public mutating func append(_ values: [Float]) throws(PostgresError) {
        try self.beginArray(count: values.count, elementType: 700, elementLength: 4)
        for value in values {
            self.put(Int32(4))
            self.put(value.bitPattern)
        }
    }

    private mutating func beginArray(count: Int, elementType: Int32, elementLength: Int) throws(PostgresError)
    {
        try self.takeColumn()
        self.put(try self.length((count == 0 ? 12 : 20) + count * (4 + elementLength)))
        self.put(Int32(count == 0 ? 0 : 1))
        self.put(Int32(0))
        self.put(elementType)
        guard count > 0 else { return }
        self.put(Int32(count))
        self.put(Int32(1))
    }

    private mutating func takeColumn() throws(PostgresError) {
        guard self.columnsLeft > 0 else {
            throw self.error("more values than the \(self.columnCount) columns of a row")
        }
        self.columnsLeft -= 1
    }

    private func checkRowIsWhole() throws(PostgresError) {
        guard self.columnsLeft == 0 else { throw self.error("a row lacks \(self.columnsLeft) values") }
    }

    private func length(_ count: Int) throws(PostgresError) -> Int32 {
        guard let length = Int32(exactly: count) else {
            throw self.error("a value of \(count) bytes is too long")
        }
        return length
    }

    private mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        withUnsafeBytes(of: number.bigEndian) { self.buffer.append(contentsOf: $0) }
    }

    private func error(_ message: String) -> PostgresError {
        PostgresError(operation: .copy, statement: self.label, message: message)
    }

    /// The trailer, and what is left.
    mutating func finish() throws(PostgresError) {
        try self.checkRowIsWhole()
        self.put(Int16(-1))
        try self.send()
    }

    private mutating func send() throws(PostgresError) {
        let deadline = self.session.answerDeadline()
        while true {
            let sent = self.buffer.withUnsafeBytes { bytes in
                PQputCopyData(
                    self.session.connection,
                    bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                    Int32(bytes.count)
                )
            }
            switch sent {
            case 1:
                self.buffer.removeAll(keepingCapacity: true)
                return
            case 0:
                try self.session.waitToWrite(.copy, self.label, deadline)
            default:
                throw self.session.lost(.copy, self.label)
            }
        }
    }
}

extension Session {
    func copy<C: CopyStatement>(_ statement: C.Type, _ body: (inout CopyWriter) throws -> Void) throws -> Int
    {
        let label = "\(statement)"
        try self.beginCopy(statement, label)
        var writer = CopyWriter(session: self, label: label, columnCount: C.columnCount)
        var failure: (any Error)?
        do {
            try body(&writer)
            try writer.finish()
        } catch {
            failure = error
        }
        // A server that has already refused the rows says why in its answer, and that is the better error.
        var count = 0
        do {
            try self.endCopy(label, reason: failure == nil ? nil : "given up by the writer")
            try self.drain(.copy, label, self.answerDeadline()) { result in
                count = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
            }
        } catch {
            throw failure ?? error
        }
        if let failure { throw failure }
        return count
    }

    private func beginCopy(_ statement: any CopyStatement.Type, _ label: String) throws(PostgresError) {
        try self.checkUsable(.copy, label)
        let deadline = self.answerDeadline()
        guard PQsendQuery(self.connection, statement.sql) == 1 else { throw self.lost(.copy, label) }
        try self.flush(.copy, label, deadline)
        guard let result = try self.nextResult(.copy, label, deadline) else {
            throw self.abandoned(.copy, label, "the server did not begin the copy")
        }
        defer { PQclear(result) }
        if PQresultStatus(result) == PGRES_COPY_IN, PQbinaryTuples(result) == 1 { return }
        guard PQresultStatus(result) == PGRES_COPY_IN else {
            let failure = self.failure(result, .copy, label)
            try self.drain(.copy, label, deadline) { _ in }
            throw failure
        }
        try self.endCopy(label, reason: "the statement must say FORMAT binary")
        try self.drain(.copy, label, deadline) { _ in }
    }

    /// Ends the copy; with a reason, the server throws the rows away.
    private func endCopy(_ label: String, reason: String?) throws(PostgresError) {
        let deadline = self.answerDeadline()
        while true {
            switch PQputCopyEnd(self.connection, reason) {
            case 1: return try self.flush(.copy, label, deadline)
            case 0: try self.waitToWrite(.copy, label, deadline)
            default: throw self.lost(.copy, label)
            }
        }
    }
}
