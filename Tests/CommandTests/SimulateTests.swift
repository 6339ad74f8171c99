import Foundation
import Testing

@Suite struct SimulateTests {
    private func simulate(days: String = "2", _ more: String...) throws -> Program.Ending {
        try Program.run(
            [
                "simulate", "--seed", "5", "--days", days, "--cameras", "12", "--rules-dir",
                Program.shippedRules,
                "--reach-interval", "600", "--stream-interval", "900", "--step", "900", "--trouble", "5",
            ] + more
        )
    }

    @Test("replay on the files of a simulation gives the figures the simulation printed")
    func replayed() throws {
        let folder = try Folder()
        let out = folder.path + "/province"
        let ending = try self.simulate(
            days: "1",
            "--rule",
            "province-time-weighted",
            "--out",
            out,
            "--format",
            "json"
        )
        #expect(ending.code == 0, "\(ending.errors)")
        let row = try #require(try ending.rows().first)
        let replay = try Program.run([
            "replay", "--inventory", out, "--observations", out + "/observations.ndjson", "--exemptions",
            out + "/exemptions.ndjson", "--rule", out + "/rules/province-time-weighted.yaml", "--day",
            "2026-03-01", "--format", "json",
        ])
        #expect(replay.code == 0, "\(replay.errors)")
        let groups = try #require(try replay.object()["groups"] as? [[String: Any]])
        let all = try #require(groups.first { $0["kind"] as? String == "all" })
        for name in ["raw", "assessed", "coverage"] {
            #expect((all[name] as? [String: Any])?["text"] as? String == row[name] as? String, "\(name)")
        }
    }

    @Test("an invariant that fails ends with 1 and names the command that shows it again")
    func violation() throws {
        let ending = try self.simulate("--flaw", "tallyIsOffByOne")
        #expect(ending.code == 1)
        #expect(ending.errors.contains("seed 5, step "), "\(ending.errors)")
        #expect(ending.errors.contains("wayside simulate --seed 5 --days 2 --cameras 12"))
        #expect(ending.output.isEmpty)
    }

    @Test("what cannot be simulated is asked wrongly")
    func wrong() throws {
        #expect(try self.simulate("--flaw", "nonsense").code == 2)
        #expect(try self.simulate("--step", "0").code == 2)
        #expect(try self.simulate("--rule", "no-such-rule").code == 2)
        #expect(try self.simulate(days: "0").code == 2)
    }
}
