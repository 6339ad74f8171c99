internal import Foundation
internal import Logging
internal import SNMP
internal import ServiceLifecycle
internal import WaysideCore
internal import WaysideProbes
internal import WaysideService

/// Reads health as long as the service runs (健康采集服务).
struct HealthReading: Service, CustomStringConvertible {
    let patrol: HealthPatrol

    var description: String { "health patrol" }

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.patrol.run() }
    }
}

/// Keeps what is known of SNMPv3 engines in a file, so that a start needs to find nobody out anew.
struct EngineKeeping: Sendable {
    let engine: SNMPEngine
    let path: String
    let logger: Logger

    /// Takes up what the last run kept. A file that is damaged costs only the finding out.
    func restore() {
        guard let data = FileManager.default.contents(atPath: self.path) else { return }
        do {
            self.engine.restore(try EngineRecordFile.records(in: Array(data)))
        } catch {
            self.logger.warning("\(self.path) is not used: \(error); SNMPv3 engines are found out anew")
        }
    }

    /// Writes what is known now; the file is the old or the new one, whatever happens.
    func keep() async throws {
        let records = await self.engine.engineRecords()
        guard !records.isEmpty else { return }
        try Data(EngineRecordFile.bytes(of: records)).write(to: URL(filePath: self.path), options: .atomic)
    }

    /// Now and then, and once more at the end.
    func service(clock: ContinuousClock) -> any Service {
        RecurringService(
            "SNMPv3 engines",
            every: .seconds(300),
            lastTurnLimit: .seconds(5),
            clock: clock,
            logger: self.logger
        ) { try await self.keep() }
    }
}
