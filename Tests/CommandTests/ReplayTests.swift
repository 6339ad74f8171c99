import Foundation
import Testing

@Suite struct ReplayTests {
    private let folder: Folder
    private let inventory: String

    init() throws {
        self.folder = try Folder()
        self.inventory = try self.folder.writeInventory()
    }

    /// Five-minute observations from 00:00 on 1 March 2026; a letter each.
    private func observations(_ device: String, _ film: String) -> String {
        film.enumerated().map { index, letter in
            let minutes = index * 5
            let clock = String(format: "%02d:%02d", minutes / 60, minutes % 60)
            return #"{"at":"2026-03-01T\#(clock):00.000+08:00","device":"\#(device)","check":"stream","#
                + #""outcome":"\#(letter == "u" ? "up" : "down")"}"# + "\n"
        }.joined()
    }

    private func film(_ parts: (Character, Int)...) -> String {
        parts.map { String(repeating: $0.0, count: $0.1) }.joined()
    }

    private func replay(_ file: String, _ more: String...) throws -> Program.Ending {
        try Program.run(
            [
                "replay", "--inventory", self.inventory, "--observations", file, "--rule",
                "\(Program.shippedRules)/province-time-weighted.yaml", "--day", "2026-03-01",
            ] + more
        )
    }

    @Test("three hours off of one of two cameras cost an eighth of its day and a sixteenth of the group's")
    func figures() throws {
        let file = try self.folder.write(
            self.observations("CAM-1", self.film(("u", 120), ("d", 36), ("u", 132)))
                + self.observations("CAM-2", self.film(("u", 288))),
            to: "day.ndjson"
        )
        let ending = try self.replay(file, "--format", "json")
        #expect(ending.code == 0, "\(ending.errors)")
        let sheet = try ending.object()
        let devices = try #require(sheet["devices"] as? [[String: Any]])
        #expect(devices.map { $0["device"] as? String } == ["CAM-1", "CAM-2"])
        let milliseconds = try #require(devices[0]["ms"] as? [String: Int])
        #expect(milliseconds["online"] == 75_600_000 && milliseconds["offline"] == 10_800_000)
        #expect(milliseconds.values.reduce(0, +) == 86_400_000)
        let groups = try #require(sheet["groups"] as? [[String: Any]])
        let all = try #require(groups.first { $0["kind"] as? String == "all" })
        #expect((all["assessed"] as? [String: Any])?["text"] as? String == "93.75 %")
        #expect(sheet["provisional"] as? Bool == false)
    }

    @Test("a line that is wrong is named with its place, and the question was wrong")
    func badLine() throws {
        let file = try self.folder.write(self.observations("CAM-1", "uu") + "{\"at\":1}\n", to: "bad.ndjson")
        let ending = try self.replay(file)
        #expect(ending.code == 2)
        #expect(ending.errors.contains("bad.ndjson:3"), "\(ending.errors)")
        #expect(ending.output.isEmpty)
    }

    @Test("an instant before the day cannot be asked about")
    func tooEarly() throws {
        let file = try self.folder.write(self.observations("CAM-1", "uu"), to: "day.ndjson")
        let ending = try self.replay(file, "--as-known-at", "2026-03-01T00:00:00+08:00")
        #expect(ending.code == 2)
        #expect(ending.errors.contains("2026-03-01"))
    }
}
