import Testing
import WaysideCore

@testable import WaysideFiles

@Suite struct EvidenceFileTests {
    private let ruleText = """
        id: made-up
        version: 3
        title: {zh: "口径 \\"甲\\"", en: made up}
        citation: our own
        facet: stream
        method: {kind: time_weighted}
        status: {misses_to_confirm: 3, hits_to_recover: 1}
        unknown: {as: excluded}
        upstream: counted
        aggregate: pooled

        """

    private static let day = ServiceDay(number: 20_513)

    private static func hour(_ hour: Int64) -> Timestamp { Self.day.start + hour * 3_600_000 }

    /// Everything that a device, a unit and a track can have, with texts that need care.
    private static let inventory: Inventory = {
        var camera = Device(
            id: DeviceID(40),
            key: "隧道-2",
            kind: .camera,
            name: "一号\\机\n",
            assignment: Assignment(
                organization: "S1",
                maintainer: "M",
                roads: ["G42", "S38"],
                upstreams: ["SW-1"]
            )
        )
        camera.positionClass = 3
        camera.checks = [.stream, .reach]
        camera.commissionedOn = Self.day.previous
        camera.retiredOn = Self.day.next
        camera.moves = [
            Move(from: Self.day, organization: "S2", upstreams: []), Move(from: Self.day.next, roads: ["G1"]),
        ]
        let cabinet = Device(
            id: DeviceID(7),
            key: "SW-1",
            kind: .switch,
            name: "",
            assignment: Assignment()
        )
        return Inventory(
            organizations: [
                Organization(key: "P", name: "省厅", kind: .province, parent: nil),
                Organization(key: "S1", name: "一\t段", kind: .section, parent: "P"),
                Organization(key: "S2", name: "二段", kind: .section, parent: "P"),
                Organization(key: "M", name: "公司", kind: .maintainer, parent: nil),
            ],
            devices: [camera, cabinet]
        )
    }()

    private static let exemptions = [
        Exemption(
            id: "EX-2",
            scope: .downstream(of: "SW-1"),
            facets: [.stream],
            className: "works",
            span: Span(Self.hour(1), Self.hour(30)),
            requestedAt: Self.hour(0),
            approvedAt: Self.hour(2),
            revokedAt: Self.hour(3),
            document: "文〔2026〕1号",
            reason: "\"桥面\""
        ),
        Exemption(
            id: "EX-10",
            scope: .organization("S1"),
            className: "mains",
            span: Span(Self.hour(-50), Self.hour(1)),
            approvedAt: Self.hour(2)
        ),
    ]

    private static let tracks: [DeviceID: [CheckTrack]] = [
        DeviceID(40): [
            CheckTrack(
                check: .stream,
                hop: .direct,
                changes: [
                    StatusChange(at: Self.hour(-3), status: .online),
                    StatusChange(at: Self.hour(2) + 1, status: .offline, precedingAt: Self.hour(2)),
                    StatusChange(
                        at: Self.hour(5),
                        status: .abnormal,
                        precedingAt: Self.hour(5) - 1,
                        lastMissAt: Self.hour(4)
                    ),
                    StatusChange(at: Self.hour(6), status: .unknown, precedingAt: Self.hour(5)),
                    StatusChange(at: Self.hour(8), status: .offline),
                ],
                openLastMissAt: Self.hour(9)
            ), CheckTrack(check: .stream, hop: .recorder),
        ],
        DeviceID(7): [
            CheckTrack(
                check: .reach,
                hop: .direct,
                changes: [StatusChange(at: Self.hour(0), status: .online)]
            )
        ],
        DeviceID(99): [CheckTrack(check: .reach, hop: .direct)],
    ]

    private static let seen = Observation(
        device: DeviceID(40),
        check: .stream,
        at: Self.hour(2),
        receivedAt: Self.hour(2) + 7,
        outcome: .down,
        cause: .noMedia,
        tookMilliseconds: 12,
        evidence: "\"x\""
    )

    private func heading(_ inputs: String) -> EvidenceHeading {
        EvidenceHeading(
            report: "2026-W09.made-up.S1",
            revision: 2,
            period: ServicePeriod(.week, containing: Self.day),
            days: [Self.day, Self.day.next],
            organization: "S1",
            cutOffAt: Self.hour(40),
            publishedAt: Self.hour(41),
            publishedBy: "李 \"工\"",
            reason: "报备 exemptions decided: EX-2",
            inputsSHA256: inputs,
            figuresSHA256: "0f"
        )
    }

    private var inputs: [UInt8] {
        EvidenceLines.head(ruleText: self.ruleText, inventory: Self.inventory, exemptions: Self.exemptions)
            + EvidenceLines.day(
                Self.day,
                tracks: Self.tracks,
                seen: [Self.seen],
                inventory: Self.inventory
            )
            + EvidenceLines.day(Self.day.next, tracks: [:], seen: [], inventory: Self.inventory)
    }

    private var text: String {
        String(decoding: self.heading("ab").line + self.inputs, as: UTF8.self)
    }

    private func read(_ text: String) throws -> [EvidenceFile.Day] {
        let folder = ScratchFolder()
        var file = try EvidenceFile(folder.write("e.ndjson", text))
        var days: [EvidenceFile.Day] = []
        while let day = try file.nextDay() { days.append(day) }
        return days
    }

    @Test(
        "what is written is read again: heading, rule, units, devices, moves, exemptions, tracks and the hash"
    )
    func roundTrip() throws {
        let folder = ScratchFolder()
        // Of the bytes as they are written today; published reports must come to theirs for ever.
        let sum = "2754a4f9ca147d06707817c3d2ce1b8c0669088aa07706db92d62d13184e2651"
        var file = try EvidenceFile(folder.write("e.ndjson", self.heading(sum).line + self.inputs))
        #expect(file.heading == self.heading(sum))
        #expect(file.rule.id == "made-up" && file.rule.version == 3 && file.rule.titleZH == "口径 \"甲\"")
        #expect(file.inventory.organizations == Self.inventory.organizations)
        // Devices get the numbers of their places.
        var devices = Self.inventory.devices
        for (place, device) in devices.enumerated() {
            var numbered = Device(
                id: DeviceID(Int64(place + 1)),
                key: device.key,
                kind: device.kind,
                name: device.name,
                assignment: device.assignment
            )
            (numbered.positionClass, numbered.checks) = (device.positionClass, device.checks)
            (numbered.commissionedOn, numbered.retiredOn) = (device.commissionedOn, device.retiredOn)
            numbered.moves = device.moves
            devices[place] = numbered
        }
        #expect(file.inventory.devices == devices)
        #expect(file.exemptions == Self.exemptions.sorted { $0.id.isBefore($1.id) })
        let first = try #require(try file.nextDay())
        #expect(first.day == Self.day)
        // The inventory's order is the file's: the switch comes before the camera.
        #expect(first.tracks[DeviceID(1)] == Self.tracks[DeviceID(7)])
        #expect(first.tracks[DeviceID(2)] == Self.tracks[DeviceID(40)])
        #expect(first.tracks.count == 2)
        let second = try #require(try file.nextDay())
        #expect(second.day == Self.day.next && second.tracks.isEmpty)
        #expect(try file.nextDay() == nil)
        #expect(file.inputsSHA256 == sum)
    }

    @Test("a first report of everything has neither an organization nor a reason")
    func bareHeading() throws {
        var heading = self.heading("ab")
        (heading.organization, heading.reason, heading.revision) = (nil, nil, 1)
        let folder = ScratchFolder()
        let file = try EvidenceFile(folder.write("e.ndjson", heading.line + self.inputs))
        #expect(file.heading == heading)
    }

    @Test("the same inputs in another order of exemptions are the same bytes")
    func order() {
        let turned = EvidenceLines.head(
            ruleText: self.ruleText,
            inventory: Self.inventory,
            exemptions: Self.exemptions.reversed()
        )
        #expect(self.inputs.starts(with: turned))
    }

    @Test("what was seen of a device is found again, and nobody else's")
    func seen() {
        let camera = Self.inventory.devices[1]
        #expect(EvidenceLines.seen(in: self.inputs, of: camera) == [Self.seen])
        #expect(EvidenceLines.seen(in: self.inputs, of: Self.inventory.devices[0]).isEmpty)
    }

    @Test(
        "what was seen is found by any key that an inventory may have",
        arguments: ["CAM-1", "隧道/2", #"A\1"#]
    )
    func keys(key: String) {
        let device = Device(id: DeviceID(40), key: key, kind: .camera, name: "", assignment: Assignment())
        let inventory = Inventory(organizations: [], devices: [device])
        let bytes = EvidenceLines.day(Self.day, tracks: [:], seen: [Self.seen], inventory: inventory)
        #expect(EvidenceLines.seen(in: bytes, of: device) == [Self.seen])
    }

    @Test(
        "what is wrong is told by line",
        arguments: [
            (#""format":"wayside-evidence-1""#, #""format":"other""#, 1, "no evidence file"),
            (#""cut_off_at":""#, #""cut_of_at":""#, 1, "not whole"),
            (#""revision":2"#, #""revision":"2""#, 1, "not whole"),
            (#""days":["2026-03-01""#, #""days":["2026-03-91""#, 1, "is no day"),
            (#""kind":"section","key":"S1""#, #""kind":"sections","key":"S1""#, 5, "organization"),
            (#"{"device":{"kind":"camera""#, #"{"device":{"kind":"kamera""#, 8, "device"),
            (#""from_day":"2026-03-01""#, #""from_day":"2026-02-30""#, 8, "move"),
            (#"{"exemption":{"id":"EX-2""#, #"{"exemptions":{"id":"EX-2""#, 10, "no known kind"),
            (#""device":"SW-1","changes""#, #""device":"SW-2","changes""#, 12, "no known device"),
            (#"+08:00 abnormal "#, #"+08:00 abnormally "#, 13, "is no change"),
            (#"{"day":"2026-03-01"}"#, #"{"day":"2026-03-01"} x"#, 11, "JSON"),
            (#"{"day":"2026-03-01"}"#, #"["day"]"#, 11, "JSON"),
        ]
    )
    func refused(from: String, to: String, row: Int, words: String) throws {
        #expect(self.text.contains(from))
        let error = try #require(throws: FilesError.self) {
            try self.read(self.text.replacing(from, with: to))
        }
        let problem = try #require(error.problems.first, "\(error)")
        #expect(problem.row == row && problem.wrong.contains(words), "\(error)")
    }

    @Test("a file without a rule, and an empty one, are to be exported again")
    func incomplete() throws {
        let lines = self.text.split(separator: "\n").map { $0 + "\n" }
        for text in ["", lines[0], lines[0] + lines[2]] {
            let error = try #require(throws: FilesError.self) { try self.read(String(text)) }
            #expect("\(error)".contains("export the evidence again"), "\(error)")
        }
    }
}
