import WaysideCore

// What is on the road.
extension MadeUpRoad {
    private static let cameras: [(mark: String, name: String, way: Direction, access: Int)] = [
        ("K10+150", "青溪收费广场", .both, 1), ("K10+600", "青溪收费站出口", .descending, 1),
        ("K11+450", "青溪互通入口", .ascending, 1), ("K12+300", "青溪互通合流区", .ascending, 1),
        ("K13+100", "柳林弯道", .descending, 1), ("K14+700", "柳林长下坡", .ascending, 1),
        ("K16+250", "青溪服务区进口", .descending, 2), ("K16+900", "青溪服务区出口", .ascending, 2),
        ("K17+820", "白鹭河大桥西端", .ascending, 2), ("K18+260", "白鹭河大桥主跨", .both, 2),
        ("K18+700", "白鹭河大桥东端", .descending, 2), ("K20+550", "青溪东门架", .ascending, 2),
        ("K22+350", "桃源隧道进口洞外", .ascending, 3), ("K22+500", "桃源隧道上行一号", .ascending, 3),
        ("K22+650", "桃源隧道下行一号", .descending, 3), ("K22+950", "桃源隧道上行二号", .ascending, 3),
        ("K23+100", "桃源隧道下行二号", .descending, 3), ("K23+400", "桃源隧道上行三号", .ascending, 3),
        ("K24+000", "桃源隧道上行四号", .ascending, 4), ("K24+150", "桃源隧道下行四号", .descending, 4),
        ("K24+600", "桃源隧道上行五号", .ascending, 4), ("K25+200", "桃源隧道出口洞外", .both, 4),
        ("K27+400", "石桥坡顶", .descending, 4), ("K29+850", "桃源互通分流区", .ascending, 4),
    ]

    private static let network:
        [(key: String, kind: Device.Kind, name: String, mark: String, above: [String])] = [
            ("GW-1", .gateway, "青溪分中心视频上云网关", "K15+980", []),
            ("AGG-1", .switch, "青溪分中心汇聚交换机", "K15+980", ["GW-1"]),
            ("UPS-1", .ups, "桃源隧道变电所不间断电源", "K22+380", ["AGG-1"]),
            ("SW-1", .switch, "青溪站接入交换机", "K11+400", ["AGG-1"]),
            ("SW-2", .switch, "白鹭河大桥接入交换机", "K18+050", ["AGG-1"]),
            ("SW-3", .switch, "桃源隧道进口接入交换机", "K22+400", ["AGG-1"]),
            ("SW-4", .switch, "桃源隧道出口接入交换机", "K25+150", ["AGG-1"]),
        ]

    static func makeInventory() -> Inventory {
        var devices: [Device] = []
        func add(_ key: String, _ kind: Device.Kind, _ name: String, _ mark: String, _ above: [String]) -> Int
        {
            let number = Int64(devices.count + 1)
            let isEast = (StakeMark(mark)?.metres ?? 0) > 21_000
            var device = Device(
                id: DeviceID(number),
                key: key,
                kind: kind,
                name: name,
                assignment: Assignment(
                    organization: isEast ? "TY" : "QX",
                    maintainer: isEast ? "M-QM" : "M-TT",
                    roads: ["G99"],
                    upstreams: above
                )
            )
            device.stakeMark = StakeMark(mark)
            device.address = "198.18.0.\(number)"
            device.checks = kind == .camera ? [.reach, .stream] : [.reach, .snmp]
            devices.append(device)
            return devices.count - 1
        }
        for item in self.network { _ = add(item.key, item.kind, item.name, item.mark, item.above) }
        for item in self.cameras {
            let key = "CAM-" + item.mark.dropFirst().replacing("+", with: "-")
            let index = add(key, .camera, item.name + "摄像机", item.mark, ["SW-\(item.access)"])
            devices[index].direction = item.way
            devices[index].positionClass = item.name.contains("隧道") ? 3 : 1
        }
        return Inventory(
            organizations: [
                Organization(key: "YSGS", name: "远山高速公路有限公司", kind: .company, parent: nil),
                Organization(key: "QX", name: "青溪路段", kind: .section, parent: "YSGS"),
                Organization(key: "TY", name: "桃源路段", kind: .section, parent: "YSGS"),
                Organization(key: "M-TT", name: "通途养护工程有限公司", kind: .maintainer, parent: nil),
                Organization(key: "M-QM", name: "启明机电工程有限公司", kind: .maintainer, parent: nil),
            ],
            devices: devices
        )
    }
}
