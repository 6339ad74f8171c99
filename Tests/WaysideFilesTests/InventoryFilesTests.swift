import Glibc
import Testing
import WaysideCore

@testable import WaysideFiles

/// A whole estate in three small tables.
private let organizations = """
    key,name,kind,parent
    P,省,province,
    S1,庐阳路段,section,P
    S2,长丰路段,section,P
    M1,甲方运维,maintainer,
    """
private let devices = """
    key,kind,name,organization,maintainer,road,stake_mark,direction,position_class,upstream,address,checks,snmp,stream_url
    SW-1,switch,接入交换机,S1,M1,G42,K100+000,,0,,10.1.0.1,,lab,
    CAM-1,camera,"一号, 桥头",S1,M1,G42&S38,K100+100,up,2,SW-1,10.1.0.2,,,rtsp://10.1.0.2/1
    CAM-2,camera,二号,S1,,G42,K100+900,down,,SW-1,,none,,
    """

@Suite struct InventoryFilesTests {
    private func read(
        _ files: [String: String],
        purpose: InventoryFiles.Purpose = .service
    ) throws -> InventoryReading {
        let folder = ScratchFolder()
        for (name, text) in files { folder.write(name, text) }
        return try InventoryFiles(purpose).read(folder.path)
    }

    /// The problems of a devices table whose only row is broken in one place.
    private func problems(_ headings: String, _ row: String, purpose: InventoryFiles.Purpose = .service)
        throws -> [String]
    {
        try self.read(["devices.csv": headings + "\n" + row + "\n"], purpose: purpose).problems.map(
            \.description
        )
    }

    @Test("a folder in order is read whole") func folder() throws {
        let reading = try self.read([
            "organizations.csv": organizations, "devices.csv": devices,
            "assignments.csv":
                "device,organization,maintainer,road,upstream,from_day\nCAM-1,S2,,,none,2026-03-05\n",
        ])
        #expect(reading.problems.isEmpty && reading.consequences.isEmpty)
        #expect(reading.organizations.map(\.key) == ["M1", "P", "S1", "S2"])
        #expect(reading.devices.map(\.key) == ["CAM-1", "CAM-2", "SW-1"])
        #expect(reading.devices.map(\.id.number) == [1, 2, 3])
        let camera = try #require(reading.devices.first)
        #expect(camera.name == "一号, 桥头" && camera.assignment.roads == ["G42", "S38"])
        #expect(
            camera.direction == .ascending && camera.stakeMark?.metres == 100_100 && camera.positionClass == 2
        )
        #expect(camera.checks == [.reach, .stream])
        #expect(reading.devices[1].checks.isEmpty && !reading.devices[1].isMonitored)
        #expect(reading.devices[2].checks == [.reach, .snmp])
        let later = try #require(ServiceDay("2026-03-05"))
        #expect(camera.assignment(on: later.previous).upstreams == ["SW-1"])
        #expect(camera.assignment(on: later).upstreams.isEmpty)
        #expect(camera.assignment(on: later).organization == "S2")
        #expect(camera.assignment(on: later).maintainer == "M1")
    }

    @Test("numbers that devices have already are kept, and new ones come after them") func numbers() throws {
        let folder = ScratchFolder()
        folder.write("organizations.csv", organizations)
        folder.write("devices.csv", devices)
        let reading = try InventoryFiles(.service).read(folder.path) { $0 == "CAM-2" ? DeviceID(40) : nil }
        #expect(reading.devices.map(\.id.number) == [41, 40, 42])
    }

    @Test("UTF-8 with a mark, GB18030 and Chinese headings say the same") func encodings() throws {
        let chinese = "编号,类型,名称,所属单位\r\nCAM-1,camera,隧道口,\r\n"
        let gb18030 = try #require(TextEncoding.convert(Array(chinese.utf8), from: "UTF-8", to: "GB18030"))
        #expect(String(validating: gb18030, as: UTF8.self) == nil)
        for bytes in [Array(chinese.utf8), [0xEF, 0xBB, 0xBF] + Array(chinese.utf8), gb18030] {
            let folder = ScratchFolder()
            folder.write("devices.csv", bytes)
            let reading = try InventoryFiles(.service).read(folder.path)
            #expect(reading.problems.isEmpty && reading.devices.map(\.name) == ["隧道口"])
        }
        let folder = ScratchFolder()
        folder.write("devices.csv", [0x6B, 0x65, 0x79, 0x2C, 0xFF, 0xFF, 0x0A])
        #expect(throws: FilesError.self) { try InventoryFiles(.service).read(folder.path) }
    }

    @Test("a workbook holds the same tables as sheets") func workbook() throws {
        let folder = ScratchFolder()
        let path = folder.write(
            "estate.xlsx",
            try WorkbookWriter.bytes([
                ("单位", [["编号", "名称", "类型"], ["S1", "A&B 路段", "section"]]),
                (
                    "devices",
                    [
                        ["key", "kind", "name", "organization", "area", "commissioned_on"],
                        ["CAM-1", "camera", "一号", "S1", "340123", "46082"], ["", "", "", "", "", ""],
                        ["CAM-2", "camera", "二号", "S1", "34012"],
                    ]
                ),
            ])
        )
        let reading = try InventoryFiles(.service).read(path)
        #expect(reading.organizations.map(\.name) == ["A&B 路段"])
        #expect(reading.devices.map(\.area) == ["340123"])
        #expect(reading.devices.first?.commissionedOn?.description == "2026-03-01")
        #expect(
            reading.problems.map(\.description) == [
                "estate.xlsx[devices]:4:area: \"34012\" is not 6 digits, write 6 digits such as 340123"
            ]
        )
        let broken = folder.write("broken.xlsx", Array("PK\u{3}\u{4}nonsense".utf8))
        #expect(throws: FilesError.self) { try InventoryFiles(.service).read(broken) }
    }

    @Test("rows are counted as people count lines, also after fields of several lines") func rows() throws {
        let text = "key,kind,name\nA,camera,\"one\ntwo\nthree\"\n\nB,kamera,x\n"
        #expect(
            try self.read(["devices.csv": text]).problems.map(\.description) == [
                "devices.csv:6:kind: unknown kind \"kamera\", the nearest known one is camera (of camera, encoder, "
                    + "recorder, switch, gateway, link, ups, server or platform)"
            ]
        )
        #expect(throws: FilesError.self) { try self.read(["devices.csv": "key,kind\nA,\"camera\n"]) }
    }

    @Test("a heading that is not known, missing or there twice is told with its mend, and no row is good")
    func headings() throws {
        let reading = try self.read([
            "devices.csv": "key,kind,adress,名称,name,\nA,camera,10.0.0.1,x,y,\nB,cam,,,,\n"
        ])
        #expect(reading.devices.isEmpty)
        #expect(
            reading.problems.map(\.description) == [
                "devices.csv:1:adress: unknown heading \"adress\", the nearest known one is address (地址)",
                "devices.csv:1:name: the column name (名称) stands twice, keep one of the two",
                "devices.csv:3:kind: unknown kind \"cam\", the nearest known one is camera (of camera, encoder, recorder, "
                    + "switch, gateway, link, ups, server or platform)",
            ]
        )
        let missing = try self.read(["devices.csv": "key,name\nA,x\n"]).problems.map(\.description)
        #expect(missing == ["devices.csv:1:kind: the column kind (类型) is missing, add it"])
    }

    @Test(
        "each bad field is told with its place and its mend",
        arguments: [
            ("stake_mark", "k12+30", "\"k12+30\" is no stake mark, write K12+030"),
            (
                "stake_mark", "12.3",
                "\"12.3\" is no stake mark, write K<kilometres>+<metres in three digits>, such as K100+100"
            ),
            (
                "direction", "上行",
                "unknown direction \"上行\", the nearest known one is up (of up, down or both)"
            ),
            (
                "position_class", "9",
                "\"9\" is not a whole number from 0 to 8, write one of them or leave it empty"
            ),
            (
                "camera_type", "0",
                "\"0\" is not a whole number from 1 to 4, write one of them or leave it empty"
            ),
            (
                "gb_id", "3401",
                "\"3401\" is not 20 digits, write 20 digits such as 34012300001320000001, in a spreadsheet as text"
            ),
            ("commissioned_on", "2026/3/1", "\"2026/3/1\" is no day, write 2026-03-01"),
            ("retired_on", "soon", "\"soon\" is no day, write YYYY-MM-DD, such as 2026-03-01"),
            (
                "checks", "reech",
                "unknown check \"reech\", the nearest known one is reach (of reach, snmp, stream, picture or recording; apart by ;)"
            ),
            (
                "checks", "stream",
                "stream cannot be asked of it, fill stream_url or platform_url, or leave stream out"
            ),
            (
                "address", "10.1.2.300",
                "\"10.1.2.300\" is no host name or address, write it as 10.1.2.3, 10.1.2.3:8000, [2001:db8::1]:8000 or a host name"
            ),
            (
                "stream_url", "rtsp://admin:geheim@10.0.0.1/1",
                "the URL holds a user or a password, take it out (@ in a path is %40) and put it into credentials.yaml under a name"
            ),
            (
                "stream_url", "rtsp://10.0.0.1/?password=geheim",
                "the URL holds a user or a password, take it out (@ in a path is %40) and put it into credentials.yaml under a name"
            ),
            (
                "platform_url", "ftp://10.0.0.1/",
                "the URL begins with no known scheme, begin it with rtsp://, rtsps://, rtmp://, rtmps://, http:// or https://"
            ),
            (
                "sub_stream_url", "rtsp:///1",
                "the URL names no valid host, write it as rtsp://10.1.2.3:554/path"
            ),
            ("road", "G42&", "\"G42&\" names no road between its &, or one twice, write them as G42&S38"),
            (
                "organization", "S9",
                "there is no organization \"S9\", add a row for it to organizations, or mend the key"
            ),
            ("upstream", "A;A", "\"A\" stands twice, write each once"),
        ]
    )
    func fields(column: String, value: String, message: String) throws {
        let problems = try self.problems("key,kind,\(column)", "A,camera,\(value)")
        #expect(problems.contains("devices.csv:2:\(column): \(message)"), "\(problems)")
        #expect(!problems.joined().contains("geheim"))
    }

    @Test("longitude, latitude and days are checked against each other") func pairs() throws {
        #expect(
            try self.problems("key,kind,longitude,latitude", "A,camera,181,") == [
                "devices.csv:2:longitude: \"181\" is not in degrees from -180 to 180, write them as a decimal such as 117.283042",
                "devices.csv:2:latitude: it is empty where the other coordinate is not, write both or neither",
            ]
        )
        #expect(
            try self.problems("key,kind,commissioned_on,retired_on", "A,camera,2026-03-02,2026-03-01") == [
                "devices.csv:2:retired_on: it is before commissioned_on (2026-03-02), write the first day out of service"
            ]
        )
        #expect(
            try self.problems("key,kind,name", "A,camera") == [
                "devices.csv:2: 2 fields under 3 headings, write one field a heading, empty ones too, and put a field that "
                    + "holds a comma in quotes"
            ]
        )
    }

    @Test("a replay asks for no addresses and credentials, and still refuses unknown kinds and references")
    func replay() throws {
        #expect(
            try self.problems(
                "key,kind,checks,address,gb_id",
                "A,camera,reach;stream,???,1",
                purpose: .replay
            ).isEmpty
        )
        #expect(try !self.problems("key,kind", "A,kamera", purpose: .replay).isEmpty)
        #expect(try !self.problems("key,kind,upstream", "A,camera,B", purpose: .replay).isEmpty)
        #expect(try !self.problems("key,kind,upstream", "A,camera,A", purpose: .replay).isEmpty)
    }

    @Test("keys that stand twice and slips in references are told") func references() throws {
        let reading = try self.read([
            "devices.csv": "key,kind,upstream\nSWITCH-1,switch,\nSWITCH-1,switch,\nCAM,camera,SWITCH-2\n"
        ])
        #expect(
            reading.problems.map(\.description) == [
                "devices.csv:3:key: \"SWITCH-1\" stands in row 2 already, give each device a key of its own",
                "devices.csv:4:upstream: there is no device \"SWITCH-2\", the nearest known one is SWITCH-1",
            ]
        )
        #expect(reading.devices.map(\.key) == ["SWITCH-1"])
    }

    @Test("rows that refer to bad rows are set aside with them, and what is left is whole")
    func consequences() throws {
        let reading = try self.read([
            "organizations.csv": "key,name,kind,parent\nP,P,provinze,\nS1,S1,section,P\nS2,S2,section,\n",
            "devices.csv": "key,kind,organization,upstream\nA,switch,S1,\nB,camera,S2,A\nC,camera,S2,\n",
            "assignments.csv": "device,organization,from_day\nC,S1,2026-03-01\nC,S2,2026-04-01\n",
        ])
        #expect(reading.problems.map(\.row) == [2])
        #expect(
            reading.consequences.map(\.description) == [
                "organizations.csv:3:parent: it refers to \"P\", whose row is bad, mend that row first",
                "devices.csv:2:organization: it refers to \"S1\", whose row is bad, mend that row first",
                "devices.csv:3:upstream: it refers to \"A\", whose row is bad, mend that row first",
                "assignments.csv:2:organization: it refers to \"S1\", whose row is bad, mend that row first",
            ]
        )
        #expect(reading.organizations.map(\.key) == ["S2"] && reading.devices.map(\.key) == ["C"])
        #expect(reading.devices.first?.moves.map(\.organization) == ["S2"])
    }

    @Test("loops are named, from the start and from the day on which they arise") func loops() throws {
        let base = try self.read([
            "devices.csv": "key,kind,upstream\nA,switch,C\nB,switch,A\nC,switch,B\nD,camera,A\n"
        ])
        #expect(
            base.problems.map(\.description)
                == ["2", "3", "4"].map {
                    "devices.csv:\($0):upstream: a loop: A → C → B → A, break it at one of them"
                }
        )
        let later = try self.read([
            "devices.csv": "key,kind,upstream\nA,switch,\nB,switch,A\n",
            "assignments.csv":
                "device,upstream,from_day\nA,B,2026-03-05\nB,none,2026-03-05\nA,none,2026-03-06\nB,A,2026-03-06\nA,B,2026-03-07\n",
        ])
        #expect(
            later.problems.map(\.description) == [
                "assignments.csv:6:upstream: from 2026-03-07 on a loop: A → B → A, break it at one of them"
            ]
        )
        let parents = try self.read([
            "organizations.csv": "key,kind,parent\nX,section,Y\nY,company,X\n", "devices.csv": "key,kind\n",
        ])
        #expect(parents.problems.map(\.row) == [2, 3])
    }

    @Test("a single file may refer to what is known, and moves of the past stay") func known() throws {
        let whole = try self.read([
            "organizations.csv": organizations, "devices.csv": devices,
            "assignments.csv": "device,maintainer,upstream,from_day\nCAM-1,M1,none,2026-03-05\n",
        ])
        let folder = ScratchFolder()
        let moves = folder.write(
            "assignments.csv",
            "device,organization,upstream,from_day\nCAM-1,S2,CAM-2；SW-1,2026-04-01\n"
        )
        let later = try InventoryFiles(.service, known: whole.inventory).read(moves)
        #expect(later.problems.isEmpty && later.devices.map(\.key) == ["CAM-1"])
        #expect(later.devices[0].id == whole.devices[0].id)
        #expect(later.devices[0].moves.map(\.from.description) == ["2026-03-05", "2026-04-01"])
        #expect(later.devices[0].moves.last?.upstreams == ["CAM-2", "SW-1"])
        let single = folder.write("new.csv", "key,kind,organization,upstream\nCAM-2,camera,S1,CAM-1\n")
        let again = try InventoryFiles(.service, known: later.inventory).read(single)
        #expect(again.problems.map(\.wrong).contains("there is no organization \"S1\""))
        let loop = try InventoryFiles(
            .replay,
            known: Inventory(
                organizations: whole.organizations,
                devices: later.devices + whole.devices.dropFirst()
            )
        ).read(single)
        #expect(loop.problems.map(\.wrong) == ["from 2026-04-01 on a loop: CAM-1 → CAM-2 → CAM-1"])
    }

    @Test("a wrong credential's name is told with the nearest known one") func credentialNames() throws {
        let folder = ScratchFolder()
        let path = folder.write("devices.csv", "key,kind,address,snmp\nA,switch,10.0.0.1,lap\n")
        let reading = try InventoryFiles(.service, credentialNames: ["lab", "core"]).read(path)
        #expect(
            reading.problems.map(\.description) == [
                "devices.csv:2:snmp: there is no credential \"lap\", the nearest known one is lab"
            ]
        )
    }

    @Test("a folder without devices names what it holds instead") func strayFiles() throws {
        let folder = ScratchFolder()
        folder.write("device.csv", "key,kind\n")
        let error = try #require(throws: FilesError.self) { try InventoryFiles(.service).read(folder.path) }
        #expect(error.description.contains("device.csv"))
        let stray = try self.read(["devices.csv": "key,kind\nA,switch\n", "assignment.csv": "x\n"])
        #expect(
            stray.warnings.map(\.description) == [
                "assignment.csv: it is not part of an inventory and was left out, name it assignments.csv if it is"
            ]
        )
    }

    @Test("a camera far off its road and a group moved by a constant offset are doubted") func doubts() throws
    {
        var text = "key,kind,organization,road,stake_mark,longitude,latitude\n"
        for index in 0..<40 {
            let (east, far) = (index % 2 == 1 ? 0.005 : 0, index == 20 ? 0.2 : 0)
            let name = index % 2 == 1 ? "S2" : "S1"
            text += "0000000\(index % 10)-0000-4000-8000-00000000000\(index / 10),camera,\(name),G42,"
            text += "K\(100 + index)+000,\(117.0 + 0.0105 * Double(index) + east + far),31.8\n"
        }
        let warnings = try self.read(["organizations.csv": organizations, "devices.csv": text]).warnings.map(
            \.wrong
        )
        #expect(warnings.count == 3, "\(warnings)")
        #expect(warnings.first?.hasPrefix("it lies about 1") ?? false)
        #expect(warnings.dropFirst().allSatisfy { $0.contains("to the same side of the others") })
    }
}
