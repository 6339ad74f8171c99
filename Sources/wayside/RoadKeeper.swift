internal import Logging
internal import MediaProbe
internal import SNMP
internal import Synchronization
internal import WaysideCore
internal import WaysideFiles
internal import WaysideProbes
internal import WaysideService
internal import WaysideStore

/// Brings what the patrol asks and the book expects in line with the inventory and its credentials: at the start, after
/// an import, and at midnight (路网更新).
final class RoadKeeper: Sendable {
    private let store: Store
    private let journal: FileJournal
    private let folder: DataFolder
    private let settings: Settings
    private let checks: Set<Check>
    private let targets: TargetBook
    private let sender: AsyncStream<PatrolTargets>.Continuation
    private let plan: LatestPlan
    private let logger: Logger
    private let seen = Mutex("")

    init(
        store: Store,
        journal: FileJournal,
        folder: DataFolder,
        settings: Settings,
        checks: Set<Check>,
        targets: TargetBook,
        sender: AsyncStream<PatrolTargets>.Continuation,
        plan: LatestPlan,
        logger: Logger
    ) {
        (self.store, self.journal, self.folder, self.settings) = (store, journal, folder, settings)
        (self.checks, self.targets, self.sender, self.plan) = (checks, targets, sender, plan)
        self.logger = logger
    }

    /// One look; does something only when the inventory, the sealed credentials or the day are other ones.
    func turn() async throws {
        let inventories = InventoryStore(self.store)
        let day = ServiceDay(containing: WallClock.now())
        // Looked at before they are opened: what is sealed in between is taken over at the next turn.
        let sealed = try CredentialVault.mark(self.folder) ?? "none"
        let revision = "\(day) \(sealed) \(try await inventories.revision())"
        guard self.seen.withLock({ $0 }) != revision else { return }
        let inventory = try await inventories.load()
        try await self.journal.register(inventory.devices)
        let patrolled = PatrolTargets(
            inventory,
            on: day,
            checks: self.checks,
            cadences: self.settings.cadences,
            missesToConfirm: self.settings.missesToConfirm
        )
        self.targets.replace(
            patrolled.devices,
            credentials: try self.credentials(of: inventory),
            passages: StreamPassages(inventory, on: day)
        )
        self.plan.put(self.plan(inventory, patrolled, on: day))
        self.sender.yield(patrolled)
        self.seen.withLock { $0 = revision }
        self.logger.info(
            "the road as it is now",
            metadata: [
                "devices": "\(inventory.devices.count)", "tracks": "\(patrolled.lines.count)",
                "day": "\(day)",
            ]
        )
    }

    private func plan(_ inventory: Inventory, _ patrolled: PatrolTargets, on day: ServiceDay) -> WatchPlan {
        var entries: [DeviceID: (checks: Set<Check>, rules: [Check: ChainRule])] = [:]
        for line in patrolled.lines {
            entries[line.track.device, default: ([], [:])].checks.insert(line.track.check)
            entries[line.track.device]?.rules[line.track.check] = ChainRule(
                missesToConfirm: self.settings.missesToConfirm,
                hitsToRecover: self.settings.hitsToRecover,
                validForMilliseconds: line.cadence.validForMilliseconds
            )
        }
        return WatchPlan(
            entries: entries.mapValues { WatchPlan.Entry(checks: $0.checks, rules: $0.rules) },
            topology: FaultTopology(Topology(inventory, on: day), of: inventory)
        )
    }

    private func credentials(of inventory: Inventory) throws -> ProbeCredentials {
        let sealed = try CredentialVault(self.folder).open()
        var credentials = ProbeCredentials()
        for (name, credential) in sealed.snmp { credentials.snmp[name] = try SNMP.SNMPCredential(credential) }
        for device in inventory.devices {
            if let stream = sealed.stream(deviceKey: device.key, kind: device.kind.rawValue) {
                credentials.stream[device.key] = MediaCredential(
                    user: stream.user,
                    password: stream.password.revealed
                )
            }
        }
        return credentials
    }
}

extension SNMP.SNMPCredential {
    /// The engine's form of a credential out of a file.
    ///
    /// - Throws: For a user that RFC 3414 forbids, such as one with a name of more than 32 bytes.
    init(_ credential: WaysideFiles.SNMPCredential) throws(SNMPError) {
        switch credential {
        case .community(let community, version: 1): self = .v1(community: community.revealed)
        case .community(let community, version: _): self = .v2c(community: community.revealed)
        case .user(let user): self = .v3(try USMCredential(user))
        }
    }
}
