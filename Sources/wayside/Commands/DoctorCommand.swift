internal import ArgumentParser
internal import WaysideFiles
internal import WaysideReports

/// Looks whether this machine has what Wayside needs (体检).
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check everything Wayside needs on this machine, and say how to mend what is wrong.",
        discussion: """
              wayside doctor --data-dir /var/lib/wayside --settings /etc/wayside/wayside.yaml

            A row each: ok, warn (works, with less) or fail (does not work), what was found, and the command that mends \
            it. Changes nothing. Ends with 1 when anything fails.
            """
    )

    @OptionGroup
    var data: DataOptions

    @Option(help: ArgumentHelp("The settings file, for the console's address.", valueName: "file"))
    var settings: String?

    @Option(help: "table, json or csv.")
    var format: Format = .table

    func run() async throws {
        var settings = Settings()
        do throws(FilesError) {
            if let path = self.settings { settings = try Settings.read(path) }
        } catch {
            throw Ending.asked("\(error)")
        }
        let folder = self.data.folder
        let findings =
            settings.warnings.map {
                DoctorFinding.warn("settings", $0.place + ": " + $0.wrong, mend: $0.mend)
            }
            + LibraryCheck.findings() + ServerProgramsCheck.findings()
            + PortCheck.findings(host: settings.webHost, port: settings.webPort) + EchoCheck.findings()
            + ClockCheck.findings() + ZoneCheck.findings() + DiskCheck.findings(folder.path)
            + DatabaseCheck.findings(folder, url: self.data.database)
            + DefectCheck.findings(folder, now: WallClock.now()) + DisagreementCheck.findings(folder)
            + LimitCheck.findings() + FontCheck.findings()
        let table = Table(
            columns: [
                Table.Column("state", "结论"), Table.Column("check", "检查项"), Table.Column("found", "现状"),
                Table.Column("mend", "办法"),
            ],
            rows: findings.map {
                [.text($0.state.rawValue), .text($0.check), .text($0.found), Table.Cell($0.mend)]
            }
        )
        Output.print(table, as: self.format)
        if findings.contains(where: { $0.state == .fail }) { throw Ending.no }
    }
}

/// What the doctor found about one thing.
struct DoctorFinding {
    /// How bad it is.
    enum State: String {
        case ok
        case warn
        case fail
    }

    let state: State
    let check: String
    let found: String
    /// The command that mends it, or what to do; `nil` when nothing is to be done.
    let mend: String?

    static func ok(_ check: String, _ found: String) -> DoctorFinding {
        DoctorFinding(state: .ok, check: check, found: found, mend: nil)
    }

    static func warn(_ check: String, _ found: String, mend: String) -> DoctorFinding {
        DoctorFinding(state: .warn, check: check, found: found, mend: mend)
    }

    static func fail(_ check: String, _ found: String, mend: String) -> DoctorFinding {
        DoctorFinding(state: .fail, check: check, found: found, mend: mend)
    }
}
