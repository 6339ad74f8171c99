internal import Foundation
internal import Logging
internal import SNMP
internal import ServiceLifecycle
internal import Synchronization
internal import WaysideCore
internal import WaysideProbes

/// Hears traps and informs (告警陷阱): a hint that a device has something to say. It is asked at once, and only what it then
/// answers counts.
///
/// Hears the communities and users that the sealed credentials hold at the start of the service.
struct TrapHearing: Service, CustomStringConvertible {
    /// A device is not asked out of turn more often than this.
    private static let shortestGap = Duration.seconds(5)

    let port: UInt16
    let folder: DataFolder
    let credentials: ProbeCredentials
    let patrol: HealthPatrol
    let hints: AsyncStream<DeviceID>.Continuation
    let logger: Logger

    var description: String { "traps" }

    /// Hears until the service stops. A port that cannot be opened costs the hints and nothing else.
    func run() async throws {
        defer { self.hints.finish() }
        let listener: TrapListener
        do {
            listener = try self.listener()
        } catch {
            self.logger.warning("traps are not heard: \(error)")
            try await gracefulShutdown()
            return
        }
        self.logger.info("traps are heard", metadata: ["port": "\(listener.port)"])
        // Ends with the service, or early when its task is cancelled; the port is let go both ways.
        try? await gracefulShutdown()
        await listener.close()
    }

    private func listener() throws -> TrapListener {
        let engine = try self.ownEngine()
        var communities: [String] = []
        var users: [USMCredential] = []
        for credential in self.credentials.snmp.values {
            switch credential {
            case .v1(let community), .v2c(let community): communities.append(community)
            case .v3(let user): users.append(user)
            }
        }
        let heard = Mutex<[DeviceID: ContinuousClock.Instant]>([:])
        let (patrol, hints) = (self.patrol, self.hints)
        return try TrapListener(port: self.port, communities: communities, users: users, engine: engine) {
            trap in
            var devices = patrol.devices(at: trap.source)
            // A trap of v1 may come through a proxy, and names its agent itself.
            if devices.isEmpty, let agent = trap.agentAddress { devices = patrol.devices(atIPv4: agent) }
            let now = ContinuousClock.now
            let due = heard.withLock { heard in
                devices.filter { device in
                    if let last = heard[device], now - last < Self.shortestGap { return false }
                    heard[device] = now
                    return true
                }
            }
            patrol.hasten(due)
            for device in due { hints.yield(device) }
        }
    }

    /// Our engine for informs of v3, with its boots counted up and on the disk before the first is answered.
    private func ownEngine() throws -> OwnEngine {
        let url = URL(filePath: self.folder.ownEngine)
        let kept = FileManager.default.contents(atPath: self.folder.ownEngine).flatMap {
            OwnEngine(fileBytes: Array($0))
        }
        let engine = try kept?.restarted ?? OwnEngine()
        try Data(engine.fileBytes).write(to: url, options: .atomic)
        return engine
    }
}
