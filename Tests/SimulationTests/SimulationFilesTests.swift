import Foundation
import Testing
import WaysideCore
import WaysideFiles
import WaysideSimulation

/// What a simulation writes as files gives the same figures when it is replayed from them.
@Suite struct SimulationFilesTests {
    @Test("the files of a simulation, read again and replayed, give its figures", arguments: UInt64(31)...32)
    func files(seed: UInt64) throws {
        var settings = try SimulationTests.settings(seed: seed, days: 3, cameras: 12)
        settings.trouble = 6
        settings.stragglersInAMillion = 20_000
        settings.refoldsEverything = false
        var simulation = Simulation(settings)
        let folder = FileManager.default.temporaryDirectory.appending(path: "simulation-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }  // A leftover folder harms nobody.
        let inventory = simulation.province.inventory
        var lines: [UInt8] = []
        while let step = try simulation.step() {
            for entry in step.batch.entries {
                switch entry {
                case .observation(let seen):
                    lines += ObservationLineWriter.line(seen, key: inventory.device(seen.device)?.key ?? "")
                case .void(let void):
                    lines += ObservationLineWriter.line(void) { inventory.device($0)?.key }
                case .clockStep: continue
                }
            }
        }
        for (name, bytes) in [
            ("organizations.csv", InventoryFileWriter.organizations(inventory)),
            ("devices.csv", InventoryFileWriter.devices(inventory)),
            ("assignments.csv", InventoryFileWriter.assignments(inventory)),
            ("observations.ndjson", lines),
            ("exemptions.ndjson", simulation.province.exemptions.flatMap(ExemptionFile.line)),
        ] {
            try Data(bytes).write(to: folder.appending(path: name))
        }

        let read = try InventoryFiles(.replay).read(folder.path).complete(from: folder.path)
        #expect(read.devices.map(\.id) == inventory.devices.map(\.id))
        let exemptions = try ExemptionFile.read(folder.path + "/exemptions.ndjson", inventory: read)
        #expect(exemptions == simulation.province.exemptions)
        var fold = ObservationFold()
        try ObservationFile.readLines(
            folder.path + "/observations.ndjson",
            devices: DeviceKeys(read),
            each: { seen in
                fold.receive(
                    TrackKey(device: seen.device, check: seen.check, hop: seen.hop),
                    at: seen.at,
                    receivedAt: seen.receivedAt,
                    outcome: seen.outcome,
                    collector: seen.collector
                )
            },
            void: { fold.receive($0) }
        )
        #expect(fold.count == simulation.observations)
        for figures in simulation.figures {
            let replay = Replay(rule: figures.rule, inventory: read, exemptions: exemptions, fold: fold)
            var replayed = PeriodFigures(rule: figures.rule)
            for number in settings.from.number..<settings.from.number + 3 {
                replayed.add(try replay.sheet(of: ServiceDay(number: number)))
            }
            #expect(replayed == figures, "seed \(seed), \(figures.rule.id)")
        }
    }
}
