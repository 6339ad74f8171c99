internal import Postgres
internal import WaysideCore

/// Lets one import at a time give numbers to keys. The number is "invent" in ASCII.
struct TakeInventoryLock: Statement {
    typealias Row = Never

    static let sql = "SELECT pg_catalog.pg_advisory_xact_lock(116005243711092)"
}

/// All organizations.
struct SelectOrganizations: Statement {
    static let sql = "SELECT key, name, kind, parent_key FROM organization"

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Organization {
        Organization(
            key: try row.text(0),
            name: try row.text(1),
            kind: try row.word(2),
            parent: try row.optionalText(3)
        )
    }
}

/// Devices, all or some, without their upstreams and moves.
struct SelectDevices: Statement {
    static let sql = """
        SELECT id, key, kind, name, organization_key, maintainer_key, roads, stake_mark_m, direction,
               position_class, longitude, latitude, area, camera_type, gateway_number, gb_id, address, checks,
               snmp_credential, stream_url, sub_stream_url, platform_url, commissioned_on, retired_on, others
          FROM device
         WHERE $1::bigint[] IS NULL OR id = ANY ($1::bigint[])
        """

    /// Which; `nil` for all.
    let devices: Set<DeviceID>?

    var parameters: [String?] { [self.devices.map { SQLText.array($0.sorted()) }] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> Device {
        var device = Device(
            id: try row.device(0),
            key: try row.text(1),
            kind: try row.word(2),
            name: try row.text(3),
            assignment: Assignment(
                organization: try row.optionalText(4),
                maintainer: try row.optionalText(5),
                roads: try row.texts(6)
            )
        )
        device.stakeMark = try row.optionalInt(7).flatMap(StakeMark.init(metres:))
        device.direction = try row.optionalWord(8)
        device.positionClass = try row.int(9)
        device.longitude = try row.optionalDouble(10)
        device.latitude = try row.optionalDouble(11)
        device.area = try row.optionalText(12)
        device.cameraType = try row.optionalInt(13).flatMap(Device.CameraType.init(rawValue:))
        device.gatewayNumber = try row.optionalText(14)
        device.gbID = try row.optionalText(15)
        device.address = try row.optionalText(16)
        device.checks = Set(try row.words(17))
        device.snmpCredential = try row.optionalText(18)
        device.streamURL = try row.optionalText(19)
        device.subStreamURL = try row.optionalText(20)
        device.platformURL = try row.optionalText(21)
        device.commissionedOn = try row.optionalServiceDay(22)
        device.retiredOn = try row.optionalServiceDay(23)
        device.others = try row.optionalText(24)
        return device
    }
}

/// Who hangs on whom from the beginning, in the order in which it was written.
struct SelectUpstreams: Statement {
    static let sql = """
        SELECT device_upstream.device_id, upstream.key
          FROM device_upstream JOIN device AS upstream ON upstream.id = device_upstream.upstream_id
         WHERE $1::bigint[] IS NULL OR device_upstream.device_id = ANY ($1::bigint[])
         ORDER BY device_upstream.device_id, device_upstream.ordinal
        """

    /// Whose; `nil` for all.
    let devices: Set<DeviceID>?

    var parameters: [String?] { [self.devices.map { SQLText.array($0.sorted()) }] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> (device: DeviceID, key: String) {
        (try row.device(0), try row.text(1))
    }
}

/// Changes of assignment, by device and day.
struct SelectMoves: Statement {
    static let sql = """
        SELECT device_id, from_day, organization_key, maintainer_key, roads, upstream_keys
          FROM device_move
         WHERE $1::bigint[] IS NULL OR device_id = ANY ($1::bigint[])
         ORDER BY device_id, from_day
        """

    /// Whose; `nil` for all.
    let devices: Set<DeviceID>?

    var parameters: [String?] { [self.devices.map { SQLText.array($0.sorted()) }] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> (device: DeviceID, move: Move) {
        let move = Move(
            from: try row.serviceDay(1),
            organization: try row.optionalText(2),
            maintainer: try row.optionalText(3),
            roads: try row.optionalTexts(4),
            upstreams: try row.optionalTexts(5)
        )
        return (try row.device(0), move)
    }
}

/// Writes an organization as it is now.
struct UpsertOrganization: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO organization (key, name, kind, parent_key) VALUES ($1, $2, $3, $4)
        ON CONFLICT (key) DO UPDATE SET name = EXCLUDED.name, kind = EXCLUDED.kind, parent_key =
            EXCLUDED.parent_key
        """

    let organization: Organization

    var parameters: [String?] {
        [
            self.organization.key, self.organization.name, self.organization.kind.rawValue,
            self.organization.parent,
        ]
    }
}

/// Writes a new device; answers the number that it has from now on.
struct InsertDevice: Statement {
    static let sql = """
        INSERT INTO device (
            key, kind, name, organization_key, maintainer_key, roads, stake_mark_m, direction, position_class,
            longitude, latitude, area, camera_type, gateway_number, gb_id, address, checks, snmp_credential,
            stream_url, sub_stream_url, platform_url, commissioned_on, retired_on, others, recorded_at
        )
        VALUES (
            $1, $2, $3, $4, $5, $6::text[], $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,
                $17::check_item[], $18,
            $19, $20, $21, $22, $23, $24, $25
        )
        RETURNING id
        """

    let device: Device
    let recordedAt: Timestamp

    var parameters: [String?] { DeviceColumns.parameters(self.device) + [self.recordedAt.sql] }

    static func decode(_ row: borrowing RowReader) throws(PostgresError) -> DeviceID { try row.device(0) }
}

/// Writes a known device as it is now; its number stays.
struct UpdateDevice: Statement {
    typealias Row = Never

    static let sql = """
        UPDATE device
           SET kind = $2, name = $3, organization_key = $4, maintainer_key = $5, roads = $6::text[],
               stake_mark_m = $7, direction = $8, position_class = $9, longitude = $10, latitude = $11,
                   area = $12,
               camera_type = $13, gateway_number = $14, gb_id = $15, address = $16, checks =
                   $17::check_item[],
               snmp_credential = $18, stream_url = $19, sub_stream_url = $20, platform_url = $21,
               commissioned_on = $22, retired_on = $23, others = $24, recorded_at = $25
         WHERE key = $1
        """

    let device: Device
    let recordedAt: Timestamp

    var parameters: [String?] { DeviceColumns.parameters(self.device) + [self.recordedAt.sql] }
}

/// Forgets who the device hung on from the beginning.
struct DeleteUpstreams: Statement {
    typealias Row = Never

    static let sql = "DELETE FROM device_upstream WHERE device_id = $1"

    let device: DeviceID

    var parameters: [String?] { [String(self.device.number)] }
}

/// Writes who a device hangs on from the beginning.
struct InsertUpstreams: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO device_upstream (device_id, upstream_id, ordinal)
        SELECT $1, device.id, named.place - 1
          FROM unnest($2::text[]) WITH ORDINALITY AS named (key, place) JOIN device ON device.key = named.key
        """

    let device: DeviceID
    let keys: [String]

    var parameters: [String?] { [String(self.device.number), SQLText.array(self.keys)] }
}

/// Forgets the device's changes of assignment.
struct DeleteMoves: Statement {
    typealias Row = Never

    static let sql = "DELETE FROM device_move WHERE device_id = $1"

    let device: DeviceID

    var parameters: [String?] { [String(self.device.number)] }
}

/// Writes a change of assignment.
struct InsertMove: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO device_move (device_id, from_day, organization_key, maintainer_key, roads, upstream_keys)
        VALUES ($1, $2, $3, $4, $5::text[], $6::text[])
        """

    let device: DeviceID
    let move: Move

    var parameters: [String?] {
        [
            String(self.device.number), self.move.from.sql, self.move.organization, self.move.maintainer,
            self.move.roads.map { SQLText.array($0) }, self.move.upstreams.map { SQLText.array($0) },
        ]
    }
}

/// Marks every day dirty that has rows: a changed inventory may change any of them.
struct MarkTalliedDaysDirty: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO dirty_day (day, generation, marked_at)
        SELECT DISTINCT first_day, 1, $1::timestamptz FROM rollup_period WHERE period = 'day'
        ON CONFLICT (day) DO UPDATE SET generation = dirty_day.generation + 1, marked_at = EXCLUDED.marked_at
        """

    let markedAt: Timestamp

    var parameters: [String?] { [self.markedAt.sql] }
}

/// Marks every day that has rows, for single devices.
struct MarkTalliedDaysOfDevicesDirty: Statement {
    typealias Row = Never

    static let sql = """
        INSERT INTO dirty_device (device_id, day, generation, marked_at)
        SELECT device.id, kept.day, 1, $2::timestamptz
          FROM (SELECT DISTINCT first_day AS day FROM rollup_period WHERE period = 'day') AS kept
         CROSS JOIN device
         WHERE device.key = ANY ($1::text[])
        ON CONFLICT (device_id, day)
        DO UPDATE SET generation = dirty_device.generation + 1, marked_at = EXCLUDED.marked_at
        """

    let keys: [String]
    let markedAt: Timestamp

    var parameters: [String?] { [SQLText.array(self.keys), self.markedAt.sql] }
}

/// A device's columns in the order of the statements above, key first.
private enum DeviceColumns {
    static func parameters(_ device: Device) -> [String?] {
        [
            device.key,
            device.kind.rawValue,
            device.name,
            device.assignment.organization,
            device.assignment.maintainer,
            SQLText.array(device.assignment.roads),
            device.stakeMark.map { String($0.metres) },
            device.direction?.rawValue,
            String(device.positionClass),
            device.longitude.map { SQLText.double($0) },
            device.latitude.map { SQLText.double($0) },
            device.area,
            device.cameraType.map { String($0.rawValue) },
            device.gatewayNumber,
            device.gbID,
            device.address,
            SQLText.array(device.checks.sorted().map(\.rawValue)),
            device.snmpCredential,
            device.streamURL,
            device.subStreamURL,
            device.platformURL,
            device.commissionedOn?.sql,
            device.retiredOn?.sql,
            device.others,
        ]
    }
}
