import Foundation
import Testing

@Suite struct JournalTests {
    private let folder: Folder
    private let inventory: String
    private var journal: String { self.folder.path + "/data/journal" }

    init() throws {
        self.folder = try Folder()
        self.inventory = try self.folder.writeInventory()
    }

    /// As the program itself writes lines: every key, in order.
    private static let lines = [
        #"{"at":"2026-03-01T00:00:10.000+08:00","received_at":"2026-03-01T00:00:11.000+08:00","collector":"centre","#
            + #""device":"CAM-1","check":"stream","hop":"direct","outcome":"up","cause":null,"took_ms":812,"#
            + #""values":{"codec":"h264"},"evidence":null}"#,
        #"{"at":"2026-03-01T23:59:59.999+08:00","received_at":"2026-03-02T00:00:09.000+08:00","collector":"centre","#
            + #""device":"CAM-2","check":"stream","hop":"direct","outcome":"down","cause":"timeout","took_ms":10000,"#
            + #""values":null,"evidence":null}"#,
        #"{"void":{"from":"2026-03-01T10:00:00.000+08:00","to":"2026-03-01T10:05:00.000+08:00","devices":["CAM-1"],"#
            + #""checks":["stream"],"collector":null},"reason":"self_network","at":"2026-03-01T10:06:00.000+08:00","#
            + #""received_at":"2026-03-01T10:06:00.000+08:00"}"#,
        #"{"at":"2026-03-02T00:00:00.000+08:00","received_at":"2026-03-02T00:00:00.000+08:00","collector":"west","#
            + #""device":"SW-1","check":"reach","hop":"direct","outcome":"unknown","cause":"self_overloaded","#
            + #""took_ms":null,"values":null,"evidence":null}"#,
    ]

    private func file(_ lines: [String]) throws -> String {
        try self.folder.write(lines.joined(separator: "\n") + "\n", to: "in.ndjson")
    }

    private func fill(_ lines: [String] = Self.lines) throws -> Program.Ending {
        try Program.run(
            [
                "journal", "import", try self.file(lines), "--journal", self.journal, "--inventory",
                self.inventory,
            ]
        )
    }

    private func export(_ more: String...) throws -> [String] {
        let ending = try Program.run(["journal", "export", "--data-dir", "\(self.folder.path)/data"] + more)
        #expect(ending.code == 0, "\(ending.errors)")
        return ending.output.split(separator: "\n").map(String.init)
    }

    @Test("what was imported is exported, letter by letter")
    func roundTrip() throws {
        let ending = try self.fill()
        #expect(ending.code == 0, "\(ending.errors)")
        #expect(ending.output == "imported 3 observations and 1 voids\n")
        #expect(try self.export() == Self.lines)
        // Once more, now that the journal knows its devices by itself.
        let again = try Program.run("journal", "import", try self.file(Self.lines), "--journal", self.journal)
        #expect(again.code == 0, "\(again.errors)")
        #expect(try self.export() == Self.lines + Self.lines)
    }

    @Test("a stretch of time and a device can be picked, the end of the stretch not included")
    func picking() throws {
        #expect(try self.fill().code == 0)
        #expect(try self.export("--from", "2026-03-01", "--to", "2026-03-02") == Array(Self.lines.prefix(3)))
        #expect(try self.export("--from", "2026-03-02T00:00:00+08:00") == [Self.lines[3]])
        #expect(try self.export("--device", "CAM-1") == [Self.lines[0], Self.lines[2]])
        #expect(try self.export("--device", "CAM-2", "--device", "SW-1") == [Self.lines[1], Self.lines[3]])
        let unknown = try Program.run("journal", "export", "--journal", self.journal, "--device", "CAM-9")
        #expect(unknown.code == 2 && unknown.errors.contains("CAM-9"))
    }

    @Test("a file appears under its name when it is whole")
    func intoFile() throws {
        #expect(try self.fill().code == 0)
        let out = "\(self.folder.path)/out.ndjson"
        #expect(try self.export("--out", out).isEmpty)
        #expect(self.folder.text("out.ndjson") == Self.lines.map { $0 + "\n" }.joined())
        #expect(!FileManager.default.fileExists(atPath: out + ".unfinished"))
    }

    @Test("a device that the journal does not know is named with its line, and nothing is written")
    func unknownDevice() throws {
        #expect(try self.fill().code == 0)
        let file = try self.file(Self.lines + [Self.lines[0].replacing("CAM-1", with: "CAM-9")])
        let ending = try Program.run("journal", "import", file, "--journal", self.journal)
        #expect(ending.code == 2)
        #expect(ending.errors.contains("in.ndjson:5") && ending.errors.contains("CAM-9"), "\(ending.errors)")
        #expect(try self.export() == Self.lines)
    }

    @Test("what is still to come is refused")
    func future() throws {
        let ending = try self.fill([Self.lines[0].replacing("2026-03-01", with: "2999-03-01")])
        #expect(ending.code == 2 && ending.errors.contains("2999-03-01"), "\(ending.errors)")
        #expect(try self.export().isEmpty)
    }

    @Test("a journal of nobody asks for an inventory")
    func noDevices() throws {
        let ending = try Program.run(
            "journal",
            "import",
            try self.file(Self.lines),
            "--journal",
            self.journal
        )
        #expect(ending.code == 2 && ending.errors.contains("--inventory"), "\(ending.errors)")
    }

    @Test("a service's journal takes its devices from nobody but the service")
    func servicesJournal() throws {
        let ending = try Program.run(
            ["journal", "import", try self.file(Self.lines), "--data-dir", "\(self.folder.path)/data"]
                + ["--inventory", self.inventory]
        )
        #expect(ending.code == 2 && ending.errors.contains("--journal"), "\(ending.errors)")
    }

    @Test("while somebody else has the journal it can be read and not written")
    func locked() throws {
        #expect(try self.fill().code == 0)
        let lock = open("\(self.journal)/lock", O_RDWR | O_CLOEXEC)
        try #require(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
        defer { close(lock) }
        #expect(try self.export() == Self.lines)
        let ending = try Program.run(
            "journal",
            "import",
            try self.file(Self.lines),
            "--journal",
            self.journal
        )
        #expect(ending.code == 2)
        #expect(
            ending.errors.contains("another wayside") && ending.errors.contains("stop it"),
            "\(ending.errors)"
        )
        #expect(try self.export() == Self.lines)
    }

    @Test("many lines go in over several batches and come out in their order")
    func manyLines() throws {
        let lines = (0..<20_000).map { index in
            Self.lines[0].replacing(
                "00:00:10.000",
                with: String(
                    format: "%02d:%02d:%02d.%03d",
                    index / 3_600,
                    index / 60 % 60,
                    index % 60,
                    index % 1_000
                )
            )
            .replacing("00:00:11.000", with: "23:59:59.000")
        }
        let ending = try self.fill(lines)
        #expect(ending.code == 0, "\(ending.errors)")
        #expect(try self.export() == lines)
    }

    @Test("a journal that is not there cannot be exported")
    func absent() throws {
        let ending = try Program.run("journal", "export", "--journal", self.journal)
        #expect(ending.code == 2 && ending.errors.contains(self.journal))
    }
}
