internal import Postgres
internal import WaysideCore

/// One ticket.
struct SelectTicket: Statement {
    static let sql = "SELECT whole FROM fault_ticket WHERE number = $1"

    let number: Int64

    var parameters: [String?] { [String(self.number)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> FaultTicket { try row.ticket(0) }
}

/// Tickets with work left.
struct SelectLiveTickets: Statement {
    static let sql =
        "SELECT whole FROM fault_ticket WHERE stage NOT IN ('closed', 'merged') ORDER BY number DESC"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> FaultTicket { try row.ticket(0) }
}

/// Tickets that are live or were opened in a span.
struct SelectTicketsOpened: Statement {
    static let sql = """
        SELECT whole FROM fault_ticket
         WHERE stage NOT IN ('closed', 'merged') OR (opened_at >= $1 AND opened_at < $2)
         ORDER BY number DESC LIMIT $3
        """

    let span: Span
    let limit: Int

    var parameters: [String?] { [self.span.start.sql, self.span.end.sql, String(self.limit)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> FaultTicket { try row.ticket(0) }
}

/// Tickets of a root.
struct SelectTicketsOfDevice: Statement {
    static let sql = "SELECT whole FROM fault_ticket WHERE root_id = $1 ORDER BY number DESC LIMIT $2"

    let device: DeviceID
    let limit: Int

    var parameters: [String?] { [String(self.device.number), String(self.limit)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> FaultTicket { try row.ticket(0) }
}

/// Who hangs on which live ticket.
struct SelectExplanations: Statement {
    static let sql = """
        SELECT ticket_device.device_id, ticket_device.ticket_number
          FROM ticket_device JOIN fault_ticket ON fault_ticket.number = ticket_device.ticket_number
         WHERE ticket_device.until IS NULL AND fault_ticket.stage NOT IN ('closed', 'merged')
         ORDER BY ticket_device.device_id, ticket_device.since DESC
        """

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> (device: DeviceID, number: Int64)
    {
        (try row.device(0), try row.int64(1))
    }
}

/// A ticket's steps.
struct SelectTicketMoves: Statement {
    static let sql = """
        SELECT ticket_number, serial, from_stage, to_stage, action, at, by_person, reason
          FROM ticket_move WHERE ticket_number = $1 ORDER BY serial
        """

    let number: Int64

    var parameters: [String?] { [String(self.number)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> TicketMove {
        TicketMove(
            ticketNumber: try row.int64(0),
            serial: try row.int(1),
            from: try row.optionalWord(2),
            to: try row.word(3),
            action: try row.word(4),
            at: try row.instant(5),
            by: try row.optionalText(6).map { .person($0) } ?? .watch,
            reason: try row.optionalText(7)
        )
    }
}

/// Who hangs or hung on a ticket.
struct SelectTicketDevices: Statement {
    static let sql = """
        SELECT device_id, since, until FROM ticket_device WHERE ticket_number = $1 ORDER BY device_id, since
        """

    let number: Int64

    var parameters: [String?] { [String(self.number)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> FaultTicket.Affected {
        FaultTicket.Affected(
            device: try row.device(0),
            since: try row.instant(1),
            until: try row.optionalInstant(2)
        )
    }
}
