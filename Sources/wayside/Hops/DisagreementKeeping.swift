internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import Synchronization
internal import WaysideCore
internal import WaysideFiles
internal import WaysideService
internal import WaysideStore

/// Looks through the whole estate for cameras whose places contradict one another, and keeps what it finds in a file, so
/// that whoever comes in the morning sees it without asking camera by camera.
final class DisagreementKeeping: Sendable {
    /// A camera that is asked at several places.
    private struct Camera: Sendable {
        let device: Device
        let server: StreamServer?
        let validity: [Check: Int64]
    }

    private struct Estate: Sendable {
        var revision = ""
        var cameras: [Camera] = []
    }

    private let path: String
    private let settings: Settings
    private let sights: LatestSights
    private let store: Store
    private let logger: Logger
    private let book: Mutex<HopDisagreementBook>
    private let estate = Mutex(Estate())

    /// Takes up what the last run kept. A file that is damaged costs only what was in it.
    init(path: String, settings: Settings, sights: LatestSights, store: Store, logger: Logger) {
        (self.path, self.settings, self.sights, self.store, self.logger) = (
            path, settings, sights, store, logger
        )
        do {
            self.book = Mutex(HopDisagreementBook(try DisagreementFile.disagreements(at: path)))
        } catch {
            logger.warning("\(path) is not used: \(error); disagreements of places are listed anew")
            self.book = Mutex(HopDisagreementBook())
        }
    }

    /// What is known.
    var current: HopDisagreementBook { self.book.withLock { $0 } }

    /// One look at everybody; writes the file when something came or went.
    func turn() async throws {
        let cameras = try await self.cameras()
        let now = WallClock.now()
        let tables = cameras.map { camera in
            (
                device: camera.device.key,
                hops: HopTable(
                    camera.device,
                    sights: self.sights.sights(of: camera.device.id),
                    server: camera.server,
                    now: now,
                    validForMilliseconds: { camera.validity[$0] ?? 0 }
                )
            )
        }
        let (before, after) = self.book.withLock { book in
            let before = book
            book.receive(tables, now: now)
            return (before, book)
        }
        guard Self.names(before.remembered) != Self.names(after.remembered) else { return }
        try DisagreementFile.write(after.remembered, to: self.path)
        let counts = after.counts.filter { $0.value > 0 }.sorted { $0.key.rawValue < $1.key.rawValue }
        self.logger.notice(
            "places that contradict one another",
            metadata: [
                "findings": "\(counts.map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", "))"
            ]
        )
    }

    /// Looks every half minute, and once more at the end.
    func service(clock: ContinuousClock) -> any Service {
        RecurringService(
            "places",
            every: .seconds(30),
            lastTurnLimit: .seconds(5),
            clock: clock,
            logger: self.logger
        ) { try await self.turn() }
    }

    private static func names(_ list: [HopDisagreement]) -> [String] {
        list.map { "\($0.device) \($0.finding.rawValue)" }
    }

    /// Who is asked at several places; read anew only when the inventory or the day is another one.
    private func cameras() async throws -> [Camera] {
        let inventories = InventoryStore(self.store)
        let day = ServiceDay(containing: WallClock.now())
        let revision = "\(day) \(try await inventories.revision())"
        let known = self.estate.withLock { $0 }
        if known.revision == revision { return known.cameras }
        let inventory = try await inventories.load()
        let cameras = inventory.devices.filter {
            $0.isInService(on: day) && $0.checks.contains(.stream) && $0.hops(of: .stream).count > 1
        }.map { device in
            let validity = [Check.stream, .picture].map { check in
                (
                    check,
                    self.settings.chainRule(of: check, for: device, in: inventory, on: day)
                        .validForMilliseconds
                )
            }
            return Camera(
                device: device,
                server: inventory.streamServer(of: device, on: day),
                validity: Dictionary(uniqueKeysWithValues: validity)
            )
        }
        self.estate.withLock { $0 = Estate(revision: revision, cameras: cameras) }
        return cameras
    }
}

extension Settings {
    /// How that check of a device is judged outside of rates: by the machine's counts and the device's own cadence.
    func chainRule(
        of check: Check,
        for device: Device,
        in inventory: Inventory,
        on day: ServiceDay
    ) -> ChainRule {
        let organization = device.assignment(on: day).organization
        let ancestry = organization.map(inventory.ancestry(ofOrganization:)) ?? []
        return ChainRule(
            missesToConfirm: self.missesToConfirm,
            hitsToRecover: self.hitsToRecover,
            validForMilliseconds: self.cadences.cadence(of: check, for: device, ancestry: ancestry)
                .validForMilliseconds
        )
    }

    /// How that check is judged of devices of which no cadence is at hand: looks are linked as far apart as anybody's.
    func chainRule(of check: Check) -> ChainRule {
        ChainRule(
            missesToConfirm: self.missesToConfirm,
            hitsToRecover: self.hitsToRecover,
            validForMilliseconds: self.cadences.longestValidity(of: check)
        )
    }
}
