internal import ArgumentParser
internal import Foundation
internal import WaysideCore
internal import WaysideFiles
internal import WaysideService
internal import WaysideStore

/// Puts lines into a journal.
struct JournalImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Put observations and voids from a file into the journal, while no service uses it.",
        discussion: """
              wayside journal import day.ndjson --data-dir /var/lib/wayside

            The whole file is read before anything is written; a bad line, a device that the journal does not know and \
            an instant that is still to come are named and nothing is written. Observations keep their own times; the \
            service takes them up at its next start. The same observation twice counts once.

            A journal knows the devices of its service. A new journal of its own, which no service will use, takes \
            them from inventory files:

              wayside journal import day.ndjson --journal /srv/study/journal --inventory Deploy/demo/inventory
            """
    )

    @Argument(help: ArgumentHelp("Observations and voids, one JSON a line.", valueName: "file"))
    var file: String

    @OptionGroup
    var place: JournalPlace

    @Option(help: ArgumentHelp("Inventory files, for a journal that knows no device yet.", valueName: "dir"))
    var inventory: String?

    /// Entries that one batch holds.
    private static let batchSize = 4_096

    func run() async throws {
        do {
            let journal = try FileJournal.open(folder: self.place.folder) { Output.note("wayside: \($0)") }
            do {
                let summary = try await self.fill(journal)
                await journal.close()
                Output.say("imported \(summary.observations) observations and \(summary.voids) voids")
            } catch {
                await journal.close()
                throw error
            }
        } catch let error as JournalError where error.operation == .lock {
            throw Ending.asked("\(error); stop it, import, and start it again")
        } catch let error as JournalError {
            throw Ending.ours("\(error)")
        } catch let error as FilesError {
            throw Ending.asked("\(error)\nwayside: nothing was imported")
        } catch let error as FutureEntry {
            throw Ending.asked("\(error); nothing was imported")
        }
    }

    private func fill(_ journal: FileJournal) async throws -> ObservationFile.Summary {
        let devices = try await self.devices(of: journal)
        let now = WallClock.now()
        try ObservationFile.read(self.file, devices: devices) { record in
            try FutureEntry.check(record, now: now)
        }
        return try await self.append(to: journal, devices)
    }

    private func devices(of journal: FileJournal) async throws -> DeviceKeys {
        let known = await journal.deviceKeys()
        if let path = self.inventory {
            // The numbers of a service's devices are its database's; files would number them otherwise.
            guard self.place.journal != nil else {
                throw Ending.asked(
                    "--inventory is for a journal of its own: it goes with --journal, not --data-dir"
                )
            }
            let inventory = try InventoryFiles(.replay).read(path).complete(from: path)
            guard known.isEmpty || inventory.devices.allSatisfy({ known[$0.id] == $0.key }) else {
                throw Ending.asked("the journal knows its devices already; leave --inventory out")
            }
            try await journal.register(inventory.devices)
            return DeviceKeys(inventory)
        }
        guard !known.isEmpty else {
            throw Ending.asked(
                "the journal \(self.place.folder) knows no device yet; start its service once, or give --inventory for a "
                    + "journal that no service will use"
            )
        }
        return DeviceKeys(known.sorted { $0.key < $1.key }.map { (key: $0.value, id: $0.key) })
    }

    /// Reads on a thread of its own, which waits whenever two batches wait to be written, so that a file of any length
    /// needs little memory.
    private func append(to journal: FileJournal, _ devices: DeviceKeys) async throws
        -> ObservationFile.Summary
    {
        let lane = BlockingLane(name: "journal-import", threadCount: 1)
        defer { lane.close() }
        let (batches, feed) = AsyncStream<[JournalEntry]>.makeStream()
        let room = DispatchSemaphore(value: 2)
        let (file, size) = (self.file, Self.batchSize)
        return try await withThrowingTaskGroup(of: ObservationFile.Summary.self) { group in
            group.addTask(executorPreference: lane) {
                defer { feed.finish() }
                var entries: [JournalEntry] = []
                let summary = try ObservationFile.read(file, devices: devices) { record in
                    entries.append(record.entry)
                    guard entries.count == size else { return }
                    room.wait()
                    feed.yield(entries)
                    entries.removeAll(keepingCapacity: true)
                }
                if !entries.isEmpty { feed.yield(entries) }
                return summary
            }
            // The reader never stops half-way for want of somebody who takes: after a failure it is only let run on.
            var failure: (any Error)?
            for await entries in batches {
                do {
                    if failure == nil { _ = try await journal.append(entries, writtenAt: WallClock.now()) }
                } catch {
                    failure = error
                }
                room.signal()
            }
            guard let summary = try await group.next() else {
                preconditionFailure("the reader was started above")
            }
            if let failure { throw failure }
            return summary
        }
    }
}

extension ObservationFile.Record {
    fileprivate var entry: JournalEntry {
        switch self {
        case .observation(let observation): .observation(observation)
        case .void(let void): .void(void)
        }
    }
}

/// An entry that would be known before it happened; a journal holds none.
private struct FutureEntry: Error, CustomStringConvertible {
    let at: Timestamp
    let now: Timestamp

    var description: String {
        "an entry of \(self.at) lies after our clock's \(self.now); set the clock right, or take it out of the file"
    }

    static func check(_ record: ObservationFile.Record, now: Timestamp) throws(FutureEntry) {
        let latest =
            switch record {
            case .observation(let observation): max(observation.at, observation.receivedAt)
            case .void(let void): max(void.at, void.receivedAt)
            }
        guard latest <= now else { throw FutureEntry(at: latest, now: now) }
    }
}
