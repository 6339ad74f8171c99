public import WaysideCore

/// Reads the inventory (一机一档) from a folder or a single file.
///
/// A folder holds `organizations`, `devices` and, optionally, `assignments`, each as `.csv` or `.xlsx`; a single
/// file is one table as CSV, or a workbook with a sheet a table. CSV is UTF-8, with or without a byte order mark, or
/// GB18030. Headings are English or Chinese, in any order:
///
/// | table | columns |
/// |---|---|
/// | `organizations` 单位 | `key` 编号, `name` 名称, `kind` 类型, `parent` 上级单位 |
/// | `devices` 设备 | `key` 编号, `kind` 类型, `name` 名称, `organization` 所属单位, `maintainer` 运维单位, `road` 路线, `stake_mark` 桩号, `direction` 方向, `position_class` 点位类别, `longitude` 经度, `latitude` 纬度, `area` 行政区划, `camera_type` 摄像机类型, `gateway_num` 网关编号, `gb_id` 国标编号, `upstream` 上级设备, `address` 地址, `checks` 检查项, `snmp` SNMP凭据, `stream_url` 主码流地址, `sub_stream_url` 子码流地址, `platform_url` 平台流地址, `commissioned_on` 启用日期, `retired_on` 停用日期, `others` 其他 |
/// | `assignments` 归属变更 | `device` 设备, `organization` 所属单位, `maintainer` 运维单位, `road` 路线, `upstream` 上级设备, `from_day` 生效日期 |
///
/// Required are `key` and `kind`, and in assignments `device` and `from_day`; a column that is left out is empty in
/// every row. A name that is empty is the key.
public struct InventoryFiles: Sendable {
    /// What the inventory is wanted for.
    public enum Purpose: Sendable {
        /// To watch the devices: addresses, URLs and names of credentials must be in order.
        case service
        /// To compute figures from observations on file: what no figure depends on is taken if it is in order and
        /// left out without a word otherwise.
        case replay
    }

    /// What the inventory is wanted for.
    public var purpose: Purpose
    /// What is known already, so that a single file may refer to it; `nil` when the files must stand for themselves.
    public var known: Inventory?
    /// The names of the credentials that exist, to find dangling ones; `nil` when nobody knows.
    public var credentialNames: Set<String>?

    /// A reader for that purpose.
    public init(_ purpose: Purpose, known: Inventory? = nil, credentialNames: Set<String>? = nil) {
        (self.purpose, self.known, self.credentialNames) = (purpose, known, credentialNames)
    }

    /// A file may be so long, in bytes.
    static let longestFile = 512 << 20

    /// Reads the folder or file, and numbers devices 1, 2, … in byte order of their keys.
    ///
    /// - Throws: ``FilesError`` when the files cannot be opened, or are no tables; a bad heading or row is not
    ///   thrown but listed in the reading.
    public func read(_ path: String) throws(FilesError) -> InventoryReading {
        try self.read(path) { _ in nil }
    }

    /// Reads the folder or file. `number` gives the numbers of devices that have one already; the others get the
    /// numbers above the greatest given, in byte order of their keys.
    ///
    /// - Throws: ``FilesError`` as the other form does.
    public func read(_ path: String, number: (String) -> DeviceID?) throws(FilesError) -> InventoryReading {
        let found = try InventorySheets.find(in: path)
        var reader = InventoryReader(settings: self, tables: found.tables, warnings: found.warnings)
        return reader.read(number: number)
    }
}

/// What a reader of the inventory found (台账读取结果).
public struct InventoryReading: Sendable {
    /// The organizations whose rows are good, by key (bytes).
    public let organizations: [Organization]
    /// The devices whose rows are good, by key (bytes); they refer to nothing whose row is bad.
    public let devices: [Device]
    /// What is wrong with headings and rows, in the order of tables and rows. Empty when all is good: only then, or
    /// when somebody accepts the good rows alone, may anything be written. With a wrong heading no row is good.
    public let problems: [FileProblem]
    /// The rows that cannot stay, although nothing is wrong with them, because they refer to a bad row.
    public let consequences: [FileProblem]
    /// What is allowed, but looks wrong.
    public let warnings: [FileProblem]

    /// The good rows as an inventory.
    public var inventory: Inventory { Inventory(organizations: self.organizations, devices: self.devices) }

    /// The good rows as an inventory, provided that all are good.
    ///
    /// - Throws: ``FilesError`` with the problems when there are any.
    public func complete(from path: String) throws(FilesError) -> Inventory {
        guard self.problems.isEmpty else { throw FilesError(.parse, file: path, problems: self.problems) }
        return self.inventory
    }
}
