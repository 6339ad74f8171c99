internal import ArgumentParser
internal import Foundation
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideStore

/// Takes in the inventory (导入台账).
struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Take in an inventory: a folder, or one CSV or XLSX file. Shows the difference first.",
        discussion: """
              wayside import Deploy/demo/inventory --dry-run
              wayside import devices.csv --accept-good-rows

            Every bad row is listed as file:row:column with what is wrong and what would be right, and nothing is
            written unless all rows are good or --accept-good-rows is given. A credentials.yaml in the folder is sealed
            into the data folder and never printed; a running service takes it over within seconds, also when nothing
            else has changed; only what traps are signed with it reads at its start.
            """
    )

    @Argument(help: ArgumentHelp("Folder or file.", valueName: "path")) var path: String
    @Flag(help: "Only show what would change.") var dryRun = false
    @Flag(help: "Write the good rows although others are bad.") var acceptGoodRows = false
    @OptionGroup var data: DataOptions

    func run() async throws {
        try await Answering.answer(self.data) { database in
            let inventories = InventoryStore(database.store)
            let known = try await inventories.load()
            let credentials = try self.credentials()
            var names = credentials.map { Set($0.snmp.keys) }
            if names == nil, let vault = try? CredentialVault(self.data.folder) { names = vault.snmpNames }
            let reading = try InventoryFiles(.service, known: known, credentialNames: names).read(self.path)
            for problem in reading.problems { Output.note("\(problem)") }
            for warning in reading.warnings { Output.note("warning: \(warning)") }
            if !reading.problems.isEmpty && !self.acceptGoodRows {
                Output.note(
                    "nothing was written: mend \(reading.problems.count) problem(s), or use --accept-good-rows"
                )
                throw Ending.asked
            }
            for row in reading.consequences { Output.note("left out: \(row)") }
            let inventory = Self.joined(known, with: reading)
            if self.dryRun {
                Self.show(try await inventories.difference(to: inventory))
                Output.say("nothing was written (--dry-run)")
                return
            }
            // First, so that a service never asks new devices with old credentials.
            if credentials != nil {
                try CredentialVault(self.data.folder).seal(fileAt: self.path + "/credentials.yaml")
            }
            Self.show(try await inventories.apply(inventory, at: WallClock.now()))
            if let credentials {
                Output.say(
                    "credentials sealed: \(credentials.snmp.count) SNMP, \(credentials.streams.count) stream"
                )
            }
        }
    }

    private func credentials() throws -> CredentialsFile? {
        let file = self.path + "/credentials.yaml"
        return FileManager.default.fileExists(atPath: file) ? try CredentialsFile.read(file) : nil
    }

    /// A file of devices alone keeps the organizations that are known.
    private static func joined(_ known: Inventory, with reading: InventoryReading) -> Inventory {
        let read = Set(reading.organizations.map(\.key))
        return Inventory(
            organizations: reading.organizations + known.organizations.filter { !read.contains($0.key) },
            devices: reading.devices
        )
    }

    private static func show(_ difference: InventoryDifference) {
        func list(_ title: String, _ keys: [String]) {
            guard !keys.isEmpty else { return }
            let shown = keys.prefix(20).joined(separator: ", ")
            Output.say("\(title): \(keys.count)  (\(shown)\(keys.count > 20 ? ", …" : ""))")
        }
        list("新增单位 new organizations", difference.addedOrganizations)
        list("变更单位 changed organizations", difference.changedOrganizations.map(\.key))
        list("新增设备 new devices", difference.addedDevices)
        for change in difference.changedDevices {
            let fields = change.fields.map { "\($0.column): \($0.before) → \($0.after)" }.joined(
                separator: "; "
            )
            Output.say("变更 changed \(change.key): \(fields)")
        }
        list("停用设备 retired devices", difference.retiredDevices.map(\.key))
        list("归属变更 moved devices", difference.movedDevices.map(\.key))
        list("文件中没有，保留 not in the files, kept", difference.absentDevices)
        Output.say("不变 unchanged: \(difference.unchangedDeviceCount)")
        if difference.isEmpty { Output.say("没有变化 nothing changes") }
    }
}
