internal import Postgres
internal import WaysideCore

/// Writes what changed in the live view, in order, with what it was before.
struct InsertStatusEvents: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO live_event (
            kind, device_id, facet, status, before_status, since, cause, is_faltering, known_at
        )
        SELECT 'status', device_id, facet, status, before_status, since, cause, is_faltering, known_at
          FROM (
              SELECT place, device_id, facet, status, since, cause, is_faltering, known_at,
                     coalesce(
                         lag(status) OVER (PARTITION BY device_id, facet ORDER BY place),
                         (SELECT live.status FROM live_status AS live
                           WHERE live.device_id = new.device_id AND live.facet = new.facet)
                     ) AS before_status
                FROM unnest(
                    $1::bigint[], $2::facet[], $3::status[], $4::timestamptz[], $5::text[], $6::boolean[],
                    $7::timestamptz[]
                ) WITH ORDINALITY AS new (device_id, facet, status, since, cause, is_faltering, known_at,
                    place)
          ) AS with_before
         ORDER BY place
        """

    let statuses: [LiveStatus]

    var parameters: [String?] { LiveColumns(self.statuses).parameters }
}

/// Brings the live view up to date; each device and facet once.
struct UpsertLiveStatuses: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO live_status (device_id, facet, status, since, cause, is_faltering, known_at)
        SELECT device_id, facet, status, since, cause, is_faltering, known_at
          FROM unnest(
              $1::bigint[], $2::facet[], $3::status[], $4::timestamptz[], $5::text[], $6::boolean[],
              $7::timestamptz[]
          ) AS new (device_id, facet, status, since, cause, is_faltering, known_at)
        ON CONFLICT (device_id, facet) DO UPDATE
           SET status = EXCLUDED.status, since = EXCLUDED.since, cause = EXCLUDED.cause,
               is_faltering = EXCLUDED.is_faltering, known_at = EXCLUDED.known_at
        """

    let statuses: [LiveStatus]

    var parameters: [String?] { LiveColumns(self.statuses).parameters }
}

/// Writes the steps of tickets among what changed.
struct InsertTicketEvents: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO live_event (kind, device_id, ticket_number, ticket_action, known_at)
        SELECT 'ticket', fault_ticket.root_id, new.ticket_number, new.action, new.at
          FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) WITH ORDINALITY
               AS new (ticket_number, action, at, place)
          JOIN fault_ticket ON fault_ticket.number = new.ticket_number
         ORDER BY new.place
        """

    let moves: [TicketMove]

    var parameters: [String?] {
        [
            SQLText.array(self.moves.map(\.ticketNumber)), SQLText.array(self.moves.map(\.action.rawValue)),
            SQLText.timestamps(self.moves.map(\.at)),
        ]
    }
}

/// Live statuses by column.
private struct LiveColumns {
    let parameters: [String?]

    init(_ statuses: [LiveStatus]) {
        self.parameters = [
            SQLText.array(statuses.map(\.device)),
            SQLText.array(statuses.map(\.facet.rawValue)),
            SQLText.array(statuses.map(\.status.name)),
            SQLText.timestamps(statuses.map(\.since)),
            SQLText.array(statuses.map { $0.cause?.rawValue }),
            SQLText.array(statuses.map(\.isFaltering)),
            SQLText.timestamps(statuses.map(\.knownAt)),
        ]
    }
}
