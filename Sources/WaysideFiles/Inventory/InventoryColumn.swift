/// A table of the inventory (台账表), by the file or sheet that holds it.
enum InventoryTable: String, CaseIterable {
    case organizations, devices, assignments

    /// The sheet's name in Chinese.
    var nameZH: String {
        switch self {
        case .organizations: "单位"
        case .devices: "设备"
        case .assignments: "归属变更"
        }
    }

    /// The columns it may have.
    var columns: [InventoryColumn] {
        switch self {
        case .organizations: [.key, .kind, .name, .parent]
        case .devices:
            [
                .key, .kind, .name, .organization, .maintainer, .road, .stakeMark, .direction, .positionClass,
                .longitude, .latitude, .area, .cameraType, .gatewayNumber, .gbID, .upstream, .address,
                .checks, .snmp,
                .streamURL, .subStreamURL, .platformURL, .commissionedOn, .retiredOn, .others,
            ]
        case .assignments: [.device, .organization, .maintainer, .road, .upstream, .fromDay]
        }
    }

    /// The columns without which the table says nothing.
    var requiredColumns: [InventoryColumn] {
        switch self {
        case .organizations, .devices: [.key, .kind]
        case .assignments: [.device, .fromDay]
        }
    }

    /// The table of that file or sheet name, without the ending.
    init?(name: String) {
        guard
            let table = Self.allCases.first(where: { $0.rawValue == name.lowercased() || $0.nameZH == name })
        else { return nil }
        self = table
    }

    /// The table that has the most of the headings; `nil` when none has any.
    init?(headings: [String]) {
        let counted = Self.allCases.map { table in
            (table, headings.count { InventoryColumn(heading: $0).map(table.columns.contains) ?? false })
        }
        guard let best = counted.max(by: { $0.1 < $1.1 }), best.1 > 0 else { return nil }
        // A table of keys, kinds and names may be either; only organizations have a parent.
        self =
            best.0 == .organizations && !headings.contains(where: InventoryColumn.parent.isNamed)
            ? .devices : best.0
    }
}

/// A column of the inventory's tables; its raw value is the English heading.
enum InventoryColumn: String, CaseIterable {
    case key, name, kind, parent
    case device
    case organization, maintainer, road
    case stakeMark = "stake_mark"
    case direction
    case positionClass = "position_class"
    case longitude, latitude, area
    case cameraType = "camera_type"
    case gatewayNumber = "gateway_num"
    case gbID = "gb_id"
    case upstream, address, checks, snmp
    case streamURL = "stream_url"
    case subStreamURL = "sub_stream_url"
    case platformURL = "platform_url"
    case commissionedOn = "commissioned_on"
    case retiredOn = "retired_on"
    case others
    case fromDay = "from_day"

    /// The Chinese heading.
    var headingZH: String {
        switch self {
        case .key: "编号"
        case .name: "名称"
        case .kind: "类型"
        case .parent: "上级单位"
        case .device: "设备"
        case .organization: "所属单位"
        case .maintainer: "运维单位"
        case .road: "路线"
        case .stakeMark: "桩号"
        case .direction: "方向"
        case .positionClass: "点位类别"
        case .longitude: "经度"
        case .latitude: "纬度"
        case .area: "行政区划"
        case .cameraType: "摄像机类型"
        case .gatewayNumber: "网关编号"
        case .gbID: "国标编号"
        case .upstream: "上级设备"
        case .address: "地址"
        case .checks: "检查项"
        case .snmp: "SNMP凭据"
        case .streamURL: "主码流地址"
        case .subStreamURL: "子码流地址"
        case .platformURL: "平台流地址"
        case .commissionedOn: "启用日期"
        case .retiredOn: "停用日期"
        case .others: "其他"
        case .fromDay: "生效日期"
        }
    }

    /// Both headings, as messages show them: `stake_mark (桩号)`.
    var bothHeadings: String { "\(self.rawValue) (\(self.headingZH))" }

    /// Whether the heading is one of the two; an English one in any case of letters.
    func isNamed(_ heading: String) -> Bool {
        self.rawValue == heading.lowercased() || self.headingZH == heading
    }

    /// The column of that heading.
    init?(heading: String) {
        guard let column = Self.allCases.first(where: { $0.isNamed(heading) }) else { return nil }
        self = column
    }
}
