internal import Hummingbird
internal import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import Synchronization
internal import WaysideReports

/// What changes, as it changes (实时推送): server-sent events (HTML Living Standard §9.2) that go on where a screen
/// left off.
///
/// - `status`, `ticket`: what changed; its id is the event's number.
/// - `reset`: what comes next does not join what the screen has; it has to ask for the whole road again.
/// - `health`: how the watching goes, at the beginning and with every heartbeat; has no id.
struct LiveUpdates: Sendable {
    /// Events in one read.
    private static let pageLimit = 200

    private let data: ConsoleData
    private let settings: WebSettings
    private let counts: RequestCounts
    private let logger: Logger

    init(_ data: ConsoleData, _ settings: WebSettings, _ counts: RequestCounts, _ logger: Logger) {
        (self.data, self.settings, self.counts, self.logger) = (data, settings, counts, logger)
    }

    /// A stream of what comes after that event; of what comes from now on where it is `nil`.
    func response(after sequence: Int64?) async throws -> Response {
        guard self.counts.openStream(limit: self.settings.eventStreamLimit) else {
            var problem = Problem(.serviceUnavailable, "too many screens follow already; try again later")
            problem.headers[.retryAfter] = "10"
            throw problem
        }
        let place = Place(self.counts)
        let start: (events: [ConsoleEvent], last: Int64, isReset: Bool)
        do {
            start = try await self.start(after: sequence)
        } catch {
            place.giveBack()
            throw error
        }
        let body = ResponseBody { writer in
            defer { place.giveBack() }
            do {
                try await self.follow(start, into: &writer)
            } catch {
                self.logger.debug("an event stream ended", metadata: ["error": "\(error)"])
                throw error
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store"],
            body: body
        )
    }

    private func start(after sequence: Int64?) async throws -> (
        events: [ConsoleEvent], last: Int64, isReset: Bool
    ) {
        let page = try await self.data.events(sequence ?? .max, Self.pageLimit)
        let newest = page.kept?.upperBound ?? 0
        guard let sequence else { return ([], newest, false) }
        guard page.goesOn(from: sequence) else { return ([], newest, true) }
        return (page.events, page.events.last?.sequence ?? sequence, false)
    }

    @concurrent
    private func follow(
        _ start: (events: [ConsoleEvent], last: Int64, isReset: Bool),
        into writer: inout any ResponseBodyWriter
    ) async throws {
        var last = start.last
        var text = "retry: 2000\n\n"
        if start.isReset { text += "id: \(last)\nevent: reset\ndata: {}\n\n" }
        text += try await self.text(of: start.events) + self.health()
        try await writer.write(ByteBuffer(string: text))
        while true {
            let page = try await self.data.events(last, Self.pageLimit)
            if let newest = page.events.last?.sequence {
                try await writer.write(ByteBuffer(string: self.text(of: page.events)))
                last = newest
                continue
            }
            switch try await self.wake(after: last) {
            case .news: break
            case .heartbeat: try await writer.write(ByteBuffer(string: ": heartbeat\n\n" + self.health()))
            case .shutdown: return
            }
        }
    }

    private enum Wake {
        case news, heartbeat
        /// The service stops: the screen is let go and will come back.
        case shutdown
    }

    /// Waits for whatever comes first.
    private func wake(after sequence: Int64) async throws -> Wake {
        try await withThrowingTaskGroup(of: Wake.self) { group in
            group.addTask {
                try await self.data.waitForEvents(sequence)
                return .news
            }
            group.addTask {
                try await Task.sleep(for: .seconds(self.settings.heartbeatSeconds))
                return .heartbeat
            }
            group.addTask {
                try await gracefulShutdown()
                return .shutdown
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .shutdown
        }
    }

    private func text(of events: [ConsoleEvent]) async throws -> String {
        guard !events.isEmpty else { return "" }
        let inventory = try await self.data.inventory()
        self.counts.countEvents(events.count)
        return events.map { event in
            let name =
                switch event.content {
                case .status: "status"
                case .ticket: "ticket"
                }
            let json = JSONText.event(event, in: inventory).compact
            return "id: \(event.sequence)\nevent: \(name)\ndata: \(json)\n\n"
        }.joined()
    }

    private func health() async -> String {
        "event: health\ndata: \(JSONText.health(await self.data.health()).compact)\n\n"
    }

    /// A taken place among the streams, given back once.
    private final class Place: Sendable {
        private let counts: RequestCounts
        private let isTaken = Mutex(true)

        init(_ counts: RequestCounts) { self.counts = counts }

        func giveBack() {
            let wasTaken = self.isTaken.withLock { taken in
                defer { taken = false }
                return taken
            }
            if wasTaken { self.counts.closeStream() }
        }

        /// A body that was never written (a HEAD request, a closed connection) gives its place back too.
        deinit { self.giveBack() }
    }
}
