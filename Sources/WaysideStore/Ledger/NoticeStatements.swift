internal import Postgres
internal import WaysideCore

/// Puts a notice into the outbox; one that is there already, by its key, stays as it is.
struct InsertNotice: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO notice (
            key, kind, ticket_number, channel, recipient_key, recipient_name, created_at,
            device_key, device_name, device_kind, roads, stake_mark_m, direction, position_class,
            organization_name, maintainer_key, maintainer_name,
            facets, cause, since, affected_count, affected_names, repair_by, closed_at, reason, merged_into,
            repeat_count, state, attempts, next_attempt_at
        )
        VALUES (
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::text[], $12, $13, $14, $15, $16, $17,
                $18::facet[], $19,
            $20, $21, $22::text[], $23, $24, $25, $26, $27, 'pending', 0, $7
        )
        ON CONFLICT (key) DO NOTHING
        """

    let notice: Notice

    var parameters: [String?] {
        let (notice, facts, device) = (self.notice, self.notice.facts, self.notice.facts.device)
        return [
            notice.key,
            notice.kind.rawValue,
            String(notice.ticketNumber),
            notice.channel.rawValue,
            notice.recipient.key,
            notice.recipient.name,
            notice.createdAt.sql,
            device.key,
            device.name,
            device.kind.rawValue,
            SQLText.array(device.roads),
            device.stakeMark.map { String($0.metres) },
            device.direction?.rawValue,
            String(device.positionClass),
            device.organizationName,
            device.maintainer?.key,
            device.maintainer?.name,
            SQLText.array(facts.facets.map(\.rawValue)),
            facts.cause?.rawValue,
            facts.since.sql,
            String(facts.affectedCount),
            SQLText.array(facts.affectedNames),
            facts.repairBy?.sql,
            facts.closedAt?.sql,
            facts.reason?.rawValue,
            facts.mergedInto.map { String($0) },
            String(facts.repeatCount),
        ]
    }
}

/// Reads a notice's columns from the first one on, in the order in which they are listed here.
enum NoticeColumns {
    static func read(_ row: borrowing RowReader) throws(PostgresError) -> Notice {
        var device = DeviceFacts(
            key: try row.text(7),
            name: try row.text(8),
            kind: try row.word(9),
            roads: try row.texts(10),
            stakeMark: try row.optionalInt(11).flatMap(StakeMark.init(metres:)),
            direction: try row.optionalWord(12),
            positionClass: try row.int(13),
            organizationName: try row.optionalText(14)
        )
        if let key = try row.optionalText(15), let name = try row.optionalText(16) {
            device.maintainer = Recipient(key: key, name: name)
        }
        return Notice(
            key: try row.text(0),
            kind: try row.word(1),
            ticketNumber: try row.int64(2),
            recipient: Recipient(key: try row.text(4), name: try row.text(5)),
            channel: try row.word(3),
            facts: NoticeFacts(
                device: device,
                facets: try row.words(17),
                cause: try row.cause(18),
                since: try row.instant(19),
                affectedCount: try row.int(20),
                affectedNames: try row.texts(21),
                repairBy: try row.optionalInstant(22),
                closedAt: try row.optionalInstant(23),
                reason: try row.optionalWord(24),
                mergedInto: try row.optionalInt64(25),
                repeatCount: try row.int(26)
            ),
            createdAt: try row.instant(6)
        )
    }
}
