internal import Foundation
internal import WaysideCore
internal import WaysideFiles
internal import WaysideSimulation

/// A rule that is simulated, with the text of its file (模拟口径).
struct SimulatedRule {
    let rule: RateRule
    let text: String

    /// The rule of that id, or in that file.
    init(_ name: String, among known: Rules) throws {
        let rule = try known.rule(name)
        let entry = known.entries.first { $0.rule == rule }
        (self.rule, self.text) = (rule, try entry?.text ?? String(contentsOfFile: name, encoding: .utf8))
    }

    /// The text as the simulation took it: with longer validities where the intervals asked for them, and without its
    /// vectors, which lie beside the original.
    func text(for settings: SimulationSettings) throws -> String {
        let widened = SimulationSettings.widened(self.rule, to: settings.cadences)
        var lines = self.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let ownVectors = lines.firstIndex { $0.hasPrefix("vectors: ") && !$0.hasPrefix("vectors: [") }
        if let ownVectors { lines.remove(at: ownVectors) }
        guard widened != self.rule else { return lines.joined(separator: "\n") }
        guard let place = lines.firstIndex(where: { $0.hasPrefix("status: {") && $0.hasSuffix("}") }) else {
            throw Ending.asked(
                "rule \(self.rule.id) must speak longer at these intervals, and its status is not on one line; give "
                    + "its valid_for_ms the validities of the intervals yourself"
            )
        }
        let status = widened.status
        let validities = Check.allCases.map { "\($0.rawValue): \(status.validity(of: $0))" }
        let hops = Hop.allCases.filter(status.hops.contains).map(\.rawValue)
        lines[place] =
            "status: {misses_to_confirm: \(status.missesToConfirm), hits_to_recover: \(status.hitsToRecover), "
            + "valid_for_ms: {\(validities.joined(separator: ", "))}, hops: [\(hops.joined(separator: ", "))]}"
        return lines.joined(separator: "\n")
    }
}

/// The files of a simulation (模拟数据文件), from which `wayside replay` gives the same figures.
struct SimulatedFiles: ~Copyable {
    private let folder: String
    private let province: SimulatedProvince
    private var sink: LineSink

    /// Makes the folder, writes what does not change, and begins the observations.
    init(_ folder: String, _ province: SimulatedProvince) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder + "/rules",
                withIntermediateDirectories: true
            )
        } catch {
            throw Ending.asked("the folder \(folder) cannot be made: \(error.localizedDescription)")
        }
        for (name, bytes) in [
            ("organizations.csv", InventoryFileWriter.organizations(province.inventory)),
            ("devices.csv", InventoryFileWriter.devices(province.inventory)),
            ("assignments.csv", InventoryFileWriter.assignments(province.inventory)),
            ("exemptions.ndjson", province.exemptions.flatMap(ExemptionFile.line)),
        ] {
            try Self.write(bytes, to: "\(folder)/\(name)")
        }
        let sink = try LineSink(folder + "/observations.ndjson")
        (self.folder, self.province) = (folder, province)
        self.sink = sink
    }

    /// Adds a batch.
    mutating func write(_ batch: JournalBatch) throws {
        let inventory = self.province.inventory
        for entry in batch.entries {
            switch entry {
            case .observation(let observation):
                guard let key = inventory.device(observation.device)?.key else { continue }
                try self.sink.write(ObservationLineWriter.line(observation, key: key))
            case .void(let void):
                try self.sink.write(ObservationLineWriter.line(void) { inventory.device($0)?.key })
            case .clockStep: continue
            }
        }
    }

    /// Gives the observations their name, and writes the rules.
    mutating func finish(_ rules: [SimulatedRule], _ settings: SimulationSettings) throws {
        try self.sink.finish()
        for rule in rules {
            let text = try rule.text(for: settings)
            try Self.write(Array(text.utf8), to: "\(self.folder)/rules/\(rule.rule.id).yaml")
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        var sink = try LineSink(path)
        try sink.write(bytes)
        try sink.finish()
    }
}
