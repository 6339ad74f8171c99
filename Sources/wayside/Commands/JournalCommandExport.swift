internal import ArgumentParser
internal import WaysideCore
internal import WaysideFiles
internal import WaysideStore

/// Writes the journal out as lines.
struct JournalExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write observations and voids out, one JSON a line; works while the service runs.",
        discussion: """
              wayside journal export --data-dir /var/lib/wayside --from 2026-03-01 --to 2026-03-02 --out day.ndjson

            --from and --to take a day (its 00:00) or an instant (RFC 3339), and mean the observation's own time; --to \
            is not included. To replay a day, begin some hours before it and end some hours after it, because what \
            was seen there decides how the day begins and ends. A void is written when it touches the stretch.
            """
    )

    @OptionGroup
    var place: JournalPlace

    @Option(help: ArgumentHelp("Only what was observed from then on.", valueName: "instant"))
    var from: InstantArgument?

    @Option(help: ArgumentHelp("Only what was observed before then.", valueName: "instant"))
    var to: InstantArgument?

    @Option(help: ArgumentHelp("Only this device; may be given several times.", valueName: "key"))
    var device: [String] = []

    @Option(
        help: ArgumentHelp(
            "Into this file, which is there once it is whole; otherwise the terminal.",
            valueName: "file"
        )
    )
    var out: String?

    func run() async throws {
        let span = Span(self.from?.instant ?? .distantPast, self.to?.instant ?? .distantFuture)
        guard span.start < span.end else { throw Ending.asked("--from is not before --to") }
        do {
            let archive = try JournalArchive(folder: self.place.folder) { Output.note("wayside: \($0)") }
            var sink = try LineSink(self.out)
            try await self.write(archive, in: span, to: &sink)
            try sink.finish()
        } catch let error as JournalError {
            throw error.operation == .open ? Ending.asked("\(error)") : Ending.ours("\(error)")
        } catch let error as LineSink.Failure {
            throw Ending.ours("\(error)")
        }
    }

    private func write(_ archive: JournalArchive, in span: Span, to sink: inout LineSink) async throws {
        let keys = archive.deviceKeys
        let wanted = try self.wanted(keys)
        var (position, unnamed, clockSteps) = (JournalPosition.beginning, 0, 0)
        while let batch = try await archive.batch(atOrAfter: position) {
            position = batch.position.next
            for entry in batch.entries {
                switch entry {
                case .observation(let observation):
                    guard span.contains(observation.at), wanted?.contains(observation.device) ?? true else {
                        continue
                    }
                    if let key = keys[observation.device] {
                        try sink.write(ObservationLineWriter.line(observation, key: key))
                    } else {
                        unnamed += 1
                    }
                case .void(let void):
                    guard void.span.overlaps(span), self.concerns(void, wanted) else { continue }
                    try sink.write(ObservationLineWriter.line(void) { keys[$0] })
                case .clockStep: clockSteps += 1
                }
            }
        }
        if unnamed > 0 {
            Output.note("wayside: \(unnamed) observations of devices that the catalog no longer names")
        }
        if clockSteps > 0 {
            Output.note("wayside: \(clockSteps) clock steps were passed over; the file has none")
        }
    }

    private func concerns(_ void: VoidRecord, _ wanted: Set<DeviceID>?) -> Bool {
        guard let wanted, let devices = void.devices else { return true }
        return !devices.isDisjoint(with: wanted)
    }

    /// The devices asked for; `nil` for all.
    private func wanted(_ keys: [DeviceID: String]) throws -> Set<DeviceID>? {
        guard !self.device.isEmpty else { return nil }
        let ids = Dictionary(keys.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        return try Set(
            self.device.map { key in
                guard let id = ids[key] else {
                    throw Ending.asked("no device of the journal has the key \(key)")
                }
                return id
            }
        )
    }
}
