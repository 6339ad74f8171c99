import Synchronization
import WaysideCore
import WaysideWeb

/// A stretch of a made-up expressway with 24 cameras, and whatever a test lets happen on it.
final class MadeUpRoad: Sendable {
    /// How the road is.
    enum Scene: String, CaseIterable, Sendable {
        case allWell, cameraOff, switchDown, mixed, stale
    }

    static let now = Timestamp(milliseconds: 1_772_355_600_000)  // 2026-03-01T17:00:00+08:00
    static let gateway = "GW-1"

    let inventory: Inventory
    let state: Mutex<(scene: Scene, events: [ConsoleEvent], firstKept: Int64)>
    private let news = News()

    init(_ scene: Scene = .allWell) {
        self.inventory = Self.makeInventory()
        self.state = Mutex((scene, [], 1))
        for event in self.history(of: scene) { self.append(event.device, event.content, at: event.at) }
    }

    /// Changes what the road is like.
    func show(_ scene: Scene) { self.state.withLock { $0.scene = scene } }

    /// Lets something happen.
    func append(_ device: String, _ content: ConsoleEvent.Content, at instant: Timestamp = MadeUpRoad.now) {
        guard let id = self.inventory.device(key: device)?.id else { return }
        self.state.withLock { state in
            let sequence = (state.events.last?.sequence ?? state.firstKept - 1) + 1
            state.events.append(
                ConsoleEvent(sequence: sequence, device: id, content: content, knownAt: instant)
            )
        }
        self.news.tell()
    }

    /// Forgets what happened before that event.
    func forget(before sequence: Int64) {
        self.state.withLock { state in
            state.events.removeAll { $0.sequence < sequence }
            state.firstKept = sequence
        }
    }

    /// The camera at that stake mark.
    func camera(_ stakeMark: String) -> String { "CAM-" + stakeMark.dropFirst().replacing("+", with: "-") }

    /// What the console asks.
    var data: ConsoleData {
        ConsoleData(
            inventory: { self.inventory },
            status: { self.status() },
            device: { key in self.inventory.device(key: key).map { self.history($0) } },
            explain: { key, day, rule in try self.explain(key, day: day, rule: rule) },
            tickets: { self.tickets(self.state.withLock { $0.scene }) },
            ticket: { number in self.ticket(number) },
            rates: { day, rule in try self.rates(day: day, rule: rule) },
            rules: { [RuleText(rule: Self.rule, text: "id: made-up\n")] },
            reports: { day in self.published(day) },
            reportFigures: { id, revision in
                self.published(nil).contains { $0.id == id && (revision ?? 1) == $0.revision }
                    ? #"{"period":"day","groups":[]}"# : nil
            },
            exemptions: { _ in [self.exemption] },
            healthSeries: { key in self.inventory.device(key: key).map { _ in Self.healthSeries } },
            healthHistory: { question in try self.health(question) },
            defects: { Self.defects },
            disagreements: { self.disagreements },
            events: { after, limit in self.page(after: after, limit: limit) },
            waitForEvents: { after in try await self.news.wait { self.lastSequence > after } },
            health: { self.health() },
            metrics: { "# TYPE wayside_devices gauge\nwayside_devices 31\n" }
        )
    }

    var lastSequence: Int64 { self.state.withLock { $0.events.last?.sequence ?? $0.firstKept - 1 } }

    private func page(after: Int64, limit: Int) -> ConsoleEventPage {
        self.state.withLock { state in
            let kept = state.events.first.flatMap { first in
                state.events.last.map { first.sequence...$0.sequence }
            }
            return ConsoleEventPage(
                events: Array(state.events.filter { $0.sequence > after }.prefix(limit)),
                kept: kept
            )
        }
    }

    private func health() -> ConsoleHealth {
        guard self.state.withLock({ $0.scene }) == .stale else {
            return ConsoleHealth(at: Self.now, knownUntil: Self.now - 1_400, staleAfterMilliseconds: 15_000)
        }
        return ConsoleHealth(
            at: Self.now,
            knownUntil: Self.now - 184_000,
            staleAfterMilliseconds: 15_000,
            troubles: [.init(.databaseAway, detail: "connection refused", since: Self.now - 184_000)]
        )
    }
}
