internal import Postgres
internal import WaysideCore

/// The tickets that may be touched by what happens at these devices: of each its live one, its last closed
/// one and its last merged one, and what that was merged into. Locked until the transaction ends.
struct SelectTicketsOfRoots: Statement {
    static let sql = """
        SELECT whole FROM fault_ticket
         WHERE number IN (
               SELECT number FROM fault_ticket
                WHERE root_id = ANY ($1::bigint[]) AND stage NOT IN ('closed', 'merged')
               UNION ALL
               SELECT max(number) FROM fault_ticket
                WHERE root_id = ANY ($1::bigint[]) AND stage IN ('closed', 'merged') GROUP BY root_id, stage
               UNION ALL
               SELECT merged_into FROM fault_ticket
                WHERE number IN (
                    SELECT max(number) FROM fault_ticket
                     WHERE root_id = ANY ($1::bigint[]) AND stage = 'merged' GROUP BY root_id
                )
         )
         ORDER BY number
           FOR UPDATE
        """

    let roots: Set<DeviceID>

    var parameters: [String?] { [SQLText.array(self.roots.sorted())] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> FaultTicket { try row.ticket(0) }
}

/// Tickets by number; locked until the transaction ends.
struct SelectTicketsToChange: Statement {
    static let sql =
        "SELECT whole FROM fault_ticket WHERE number = ANY ($1::bigint[]) ORDER BY number FOR UPDATE"

    let numbers: [Int64]

    var parameters: [String?] { [SQLText.array(self.numbers)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> FaultTicket { try row.ticket(0) }
}

/// Tickets to which passing time means something by now; locked until the transaction ends.
struct SelectDueTickets: Statement {
    static let sql = """
        SELECT whole FROM fault_ticket WHERE next_deadline_at <= $1 ORDER BY next_deadline_at, number LIMIT
            $2 FOR UPDATE
        """

    let now: Timestamp
    let limit: Int

    var parameters: [String?] { [self.now.sql, String(self.limit)] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> FaultTicket { try row.ticket(0) }
}

/// The number that the next new ticket gets.
struct SelectNextTicketNumber: Statement {
    static let sql = "SELECT coalesce(max(number), 0) + 1 FROM fault_ticket"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Int64 { try row.int64(0) }
}

/// Writes a ticket as it is now.
struct UpsertTicket: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO fault_ticket (
            number, root_id, stage, stage_at, opened_at, since, facets, cause, closed_at, merged_into,
            maintainer_key, maintainer_name, suspended_until, suspension_reason, repair_by, is_breached,
            next_deadline_at, affected_count, repeat_count, move_count, whole
        )
        VALUES (
            $1, $2, $3, $4, $5, $6, $7::facet[], $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                $20, $21
        )
        ON CONFLICT (number) DO UPDATE
           SET stage = EXCLUDED.stage, stage_at = EXCLUDED.stage_at, since = EXCLUDED.since,
               facets = EXCLUDED.facets, cause = EXCLUDED.cause, closed_at = EXCLUDED.closed_at,
               merged_into = EXCLUDED.merged_into, maintainer_key = EXCLUDED.maintainer_key,
               maintainer_name = EXCLUDED.maintainer_name, suspended_until = EXCLUDED.suspended_until,
               suspension_reason = EXCLUDED.suspension_reason, repair_by = EXCLUDED.repair_by,
               is_breached = EXCLUDED.is_breached, next_deadline_at = EXCLUDED.next_deadline_at,
               affected_count = EXCLUDED.affected_count, repeat_count = EXCLUDED.repeat_count,
               move_count = EXCLUDED.move_count, whole = EXCLUDED.whole
        """

    let ticket: FaultTicket

    var parameters: [String?] {
        let ticket = self.ticket
        var (mergedInto, suspension): (Int64?, FaultTicket.Suspension?)
        switch ticket.stage {
        case .merged(let number, _): mergedInto = number
        case .suspended(_, let waiting): suspension = waiting
        case .opened, .dispatched, .accepted, .repaired, .recovered, .closed: break
        }
        return [
            String(ticket.number),
            String(ticket.root.number),
            ticket.stage.name.rawValue,
            ticket.stage.at.sql,
            ticket.openedAt.sql,
            ticket.since.sql,
            SQLText.array(ticket.facets.map(\.facet.rawValue)),
            ticket.cause?.rawValue,
            ticket.closedAt?.sql,
            mergedInto.map { String($0) },
            ticket.maintainer?.key,
            ticket.maintainer?.name,
            suspension?.until.sql,
            suspension?.reason,
            ticket.clock?.repairBy.sql,
            SQLText.bool(ticket.clock?.isBreached ?? false),
            ticket.nextDeadline?.sql,
            String(Set(ticket.affected.map(\.device)).count),
            String(ticket.repeatCount),
            String(ticket.moveCount),
            SQLText.bytes(ticket.bytes),
        ]
    }
}

/// Writes steps.
struct InsertTicketMoves: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO ticket_move (ticket_number, serial, from_stage, to_stage, action, at, by_person, reason)
        SELECT ticket_number, serial, from_stage, to_stage, action, at, by_person, reason
          FROM unnest(
              $1::bigint[], $2::integer[], $3::ticket_stage[], $4::ticket_stage[], $5::text[],
                  $6::timestamptz[],
              $7::text[], $8::text[]
          ) AS new (ticket_number, serial, from_stage, to_stage, action, at, by_person, reason)
        """

    let moves: [TicketMove]

    var parameters: [String?] {
        [
            SQLText.array(self.moves.map(\.ticketNumber)),
            SQLText.array(self.moves.map(\.serial)),
            SQLText.array(self.moves.map { $0.from?.rawValue }),
            SQLText.array(self.moves.map(\.to.rawValue)),
            SQLText.array(self.moves.map(\.action.rawValue)),
            SQLText.timestamps(self.moves.map(\.at)),
            SQLText.array(self.moves.map { $0.by.person }),
            SQLText.array(self.moves.map(\.reason)),
        ]
    }
}

/// Writes one device's beginning to hang on a ticket, or its being let go.
struct UpsertTicketDevice: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO ticket_device (ticket_number, device_id, since, until) VALUES ($1, $2, $3, $4)
        ON CONFLICT (ticket_number, device_id, since) DO UPDATE SET until = EXCLUDED.until
        """

    let change: AffectedChange

    var parameters: [String?] {
        [
            String(self.change.ticketNumber), String(self.change.affected.device.number),
            self.change.affected.since.sql, self.change.affected.until?.sql,
        ]
    }
}

extension RowReader {
    /// A ticket, whole.
    func ticket(_ column: Int) throws(PostgresError) -> FaultTicket {
        guard let ticket = FaultTicket(bytes: try self.bytes(column)) else {
            throw PostgresError(
                operation: .decode,
                message: "a ticket's bytes are not such, or of a newer version"
            )
        }
        return ticket
    }
}

extension Actor {
    /// The person's name; `nil` for Wayside itself.
    fileprivate var person: String? {
        switch self {
        case .watch: nil
        case .person(let name): name
        }
    }
}

extension FaultTicket.Stage {
    /// Since when the ticket stands there.
    var at: Timestamp {
        switch self {
        case .opened(let at), .dispatched(_, let at), .accepted(_, let at), .repaired(_, let at, _),
            .recovered(_, let at), .closed(let at, _), .merged(_, let at):
            at
        case .suspended(_, let suspension): suspension.at
        }
    }
}
