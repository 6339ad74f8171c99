internal import WaysideCore

/// How near our streams are to their limits, in the text format of Prometheus 0.0.4 (礼让指标).
struct StreamMetrics {
    private let load: StreamLoad

    /// Budgets that are told one by one: the fullest.
    private static let shown = 50

    init(_ load: StreamLoad) { self.load = load }

    var text: String {
        self.scalars + self.budgets
    }

    private var scalars: String {
        let counts = self.load.counts
        let rows: [(name: String, type: String, help: String, value: String)] = [
            ("sessions", "gauge", "Media sessions that we hold.", "\(self.load.sessions)"),
            ("waiting", "gauge", "Probes that wait for leave.", "\(self.load.waiting)"),
            (
                "turned_away_total", "counter", "Probes that waited for leave in vain.",
                "\(self.load.turnedAway)"
            ),
            ("spared_total", "counter", "Turns in which a camera was left alone.", "\(counts.spared)"),
            ("windows_total", "counter", "Windows of measuring that were begun.", "\(counts.windows)"),
            (
                "windows_shed_total", "counter", "Windows left out because something was nearly full.",
                "\(counts.windowsShed)"
            ),
            (
                "learned_limits", "gauge", "Servers whose session limit was learned from refusals.",
                "\(self.load.learnedLimits)"
            ),
            (
                "refused_credentials", "gauge", "Credentials that are not tried at some server for a while.",
                "\(self.load.refusedCredentials)"
            ),
            ("budgets_used", "gauge", "Budgets of which something is in use.", "\(self.load.budgets.count)"),
        ]
        return rows.map { row in
            let name = "wayside_stream_\(row.name)"
            return "# HELP \(name) \(row.help)\n# TYPE \(name) \(row.type)\n\(name) \(row.value)\n"
        }.joined()
    }

    private var budgets: String {
        let families: [(name: String, help: String, value: (StreamLoad.Budget) -> String)] = [
            ("sessions", "Sessions of ours that pass it.", { "\($0.sessions)" }),
            ("sessions_limit", "The most sessions of ours that may pass it.", { "\($0.limit.sessions)" }),
            ("kilobits_per_second", "What ours carry through it.", { "\($0.kilobitsPerSecond)" }),
            (
                "kilobits_per_second_limit", "The most that ours may carry through it.",
                { "\($0.limit.kilobitsPerSecond)" }
            ),
        ]
        return families.map { family in
            let name = "wayside_stream_budget_\(family.name)"
            let lines = self.load.budgets.prefix(Self.shown).map { budget in
                "\(name){device=\"\(Self.escaped(budget.passage.key))\"} \(family.value(budget))\n"
            }
            return "# HELP \(name) \(family.help)\n# TYPE \(name) gauge\n" + lines.joined()
        }.joined()
    }

    private static func escaped(_ label: String) -> String {
        label.map { character in
            switch character {
            case "\\": "\\\\"
            case "\"": "\\\""
            case "\n": "\\n"
            default: String(character)
            }
        }.joined()
    }
}
