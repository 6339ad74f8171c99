internal import Foundation
internal import Logging
internal import Postgres
internal import WaysideStore

/// The database a command works with: yours, the running service's, or the private one started for the command.
struct Database: Sendable {
    let store: Store
    let cluster: PrivateCluster?

    /// Enters the database and brings it to this program's schema.
    ///
    /// A service that runs on the data folder has the private cluster in hand; its note tells where it listens.
    static func open(_ options: DataOptions, connections: Int = 2, logger: Logger) throws -> Database {
        var settings = PoolSettings()
        settings.connectionCount = connections
        if let url = options.database {
            let address: DatabaseAddress
            do {
                address = try DatabaseAddress(url)
            } catch {
                throw Ending.asked("--database: \(error); write postgresql://user@host:port/database")
            }
            let store = try Store.open(address, settings: settings, now: WallClock.now())
            return Database(store: store, cluster: nil)
        }
        let folder = options.folder
        try folder.make()
        do {
            let cluster = try PrivateCluster.start(
                PrivateClusterSettings(dataFolder: folder.path),
                logger: logger
            )
            let store = try Store.open(cluster.address, settings: settings, now: WallClock.now())
            return Database(store: store, cluster: cluster)
        } catch let error as ClusterError where error.operation == .prepare {
            // Taken by a running service, which has noted where it is; without a note the error stands.
            guard let note = try? String(contentsOfFile: folder.databaseNote, encoding: .utf8),
                let address = try? DatabaseAddress(note.trimmingCharacters(in: .whitespacesAndNewlines)),
                let store = try? Store.open(address, settings: settings, now: WallClock.now())
            else { throw error }
            return Database(store: store, cluster: nil)
        }
    }

    /// Lets other commands find the private cluster while this service runs.
    func leaveNote(in folder: DataFolder) throws {
        guard let cluster = self.cluster else { return }
        try cluster.address.description.write(toFile: folder.databaseNote, atomically: true, encoding: .utf8)
    }

    /// Closes the connections, and stops the private cluster if this process started it.
    func close() async {
        await self.store.close()
        // Nothing is lost when it does not stop: the next start recovers.
        try? self.cluster?.stop()
    }
}
