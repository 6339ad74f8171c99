import Testing
import WaysideCore

@testable import WaysideFiles

@Suite struct ExemptionFileTests {
    private let line =
        #"{"id":"EX-1","scope":{"device":"C1"},"facets":["stream"],"class":"works","from":"2026-03-01T00:00:00+08:00","to":"2026-03-02T00:00:00+08:00","requested_at":null,"approved_at":"2026-02-28T00:00:00+08:00","document":"文〔2026〕1号","reason":"桥面施工"}"#
    private let inventory = Inventory(
        organizations: [Organization(key: "S1", name: "S1", kind: .section, parent: nil)],
        devices: [Device(id: DeviceID(1), key: "C1", kind: .camera, name: "C1", assignment: Assignment())]
    )

    private func read(_ text: String) throws -> [Exemption] {
        let folder = ScratchFolder()
        return try ExemptionFile.read(folder.write("e.ndjson", text), inventory: self.inventory)
    }

    @Test("what is written is read again, for each scope") func roundTrip() throws {
        let read = try self.read(self.line)
        #expect(read.first?.facets == [.stream] && read.first?.document == "文〔2026〕1号")
        for scope in [Exemption.Scope.device("C1"), .organization("S1"), .downstream(of: "C1")] {
            let exemption = Exemption(
                id: "E",
                scope: scope,
                className: "mains",
                span: read[0].span,
                approvedAt: read[0].approvedAt,
                revokedAt: read[0].span.end
            )
            #expect(
                try self.read(String(decoding: ExemptionFile.line(exemption), as: UTF8.self)) == [exemption]
            )
        }
    }

    @Test(
        "what is wrong is told by line with its mend",
        arguments: [
            (#""class":"works","#, "", "the exemption has no class, add one, such as works"),
            (
                #"{"device":"C1"}"#, #"{"device":"C2"}"#,
                "there is no device \"C2\" in the inventory, mend the key or add it"
            ),
            (
                #"{"device":"C1"}"#, #"{"section":"S1"}"#,
                "unknown scope \"section\", write {\"device\": \"…\"}, {\"organization\": \"…\"} or {\"downstream_of\": \"…\"}"
            ),
            (
                #"["stream"]"#, #"["streams"]"#,
                "unknown facet \"streams\", the nearest known one is stream (of reachability, stream, picture or recording)"
            ),
            (
                #""approved_at""#, #""aproved_at""#,
                "unknown key \"aproved_at\", the nearest known one is approved_at"
            ),
            ("2026-03-02T", "2026-02-02T", "to is before from, write the window's end after its start"),
        ]
    )
    func refused(part: String, wrong: String, message: String) throws {
        let error = try #require(throws: FilesError.self) {
            try self.read(self.line.replacing(part, with: wrong))
        }
        #expect(error.problems.map { "\($0.row ?? 0): \($0.wrong), \($0.mend)" } == ["1: \(message)"])
    }

    @Test("an id that stands twice is refused") func twice() throws {
        #expect(throws: FilesError.self) { try self.read(self.line + "\n" + self.line) }
    }
}
