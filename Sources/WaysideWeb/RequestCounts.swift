internal import Synchronization

/// How the console itself is used (自身计量), in the text format of Prometheus 0.0.4.
final class RequestCounts: Sendable {
    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    private struct State {
        var answers: [Key: UInt64] = [:]
        var openStreams = 0
        var sentEvents: UInt64 = 0
    }

    private let state = Mutex(State())

    /// One answer more. Routes are those of the table, never what somebody typed, so they are few.
    func count(route: String, status: Int) {
        self.state.withLock { $0.answers[Key(route: route, status: status), default: 0] += 1 }
    }

    /// Takes a place for an event stream; answers false when all are taken.
    func openStream(limit: Int) -> Bool {
        self.state.withLock { state in
            guard state.openStreams < limit else { return false }
            state.openStreams += 1
            return true
        }
    }

    /// Gives the place back.
    func closeStream() { self.state.withLock { $0.openStreams -= 1 } }

    /// So many events went out.
    func countEvents(_ count: Int) { self.state.withLock { $0.sentEvents += UInt64(count) } }

    /// All of it.
    func text(eventStreamLimit: Int) -> String {
        let state = self.state.withLock { $0 }
        var lines = [
            "# HELP wayside_web_answers_total Answers of the console by route and status code.",
            "# TYPE wayside_web_answers_total counter",
        ]
        let answers = state.answers.sorted { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }
        for (key, count) in answers {
            lines.append("wayside_web_answers_total{route=\"\(key.route)\",code=\"\(key.status)\"} \(count)")
        }
        lines += [
            "# HELP wayside_web_event_streams Event streams that are open.",
            "# TYPE wayside_web_event_streams gauge",
            "wayside_web_event_streams \(state.openStreams)",
            "# HELP wayside_web_event_streams_limit Event streams that may be open at once.",
            "# TYPE wayside_web_event_streams_limit gauge",
            "wayside_web_event_streams_limit \(eventStreamLimit)",
            "# HELP wayside_web_events_sent_total Events that went out on streams.",
            "# TYPE wayside_web_events_sent_total counter",
            "wayside_web_events_sent_total \(state.sentEvents)",
        ]
        return lines.joined(separator: "\n") + "\n"
    }
}
