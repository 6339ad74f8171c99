internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideStore

/// One look at a device, now and back (查因): what every place says of it, what was seen last, its open ticket, what it
/// hangs on, and what it would take.
struct DeviceLook: Sendable {
    /// How long ago an observation may have been made to be shown.
    static let backMilliseconds: Int64 = 3_600_000
    /// How many observations are shown.
    private static let shown = 12

    /// Something it hangs on, with its live view.
    struct Upstream: Sendable {
        let device: Device
        let statuses: [LiveStatus]
        let ticket: FaultTicket?
    }

    let device: Device
    let at: Timestamp
    let statuses: [LiveStatus]
    let hops: HopTable
    /// The latest first.
    let observations: [Observation]
    /// The ticket that is open for it, or for what explains it.
    let ticket: FaultTicket?
    let upstreams: [Upstream]
    /// What its SNMP agent does against its standard.
    let defects: [AgentDefect]
    /// Since when the service has seen its places contradict one another.
    let disagreements: [HopDisagreement]

    /// Looks at what the ledger and the journal hold.
    init(
        _ index: Int,
        in inventory: Inventory,
        store: Store,
        journal: JournalEvidence,
        settings: Settings,
        defects: AgentDefectBook,
        disagreements: [HopDisagreement],
        now: Timestamp
    ) async throws {
        let device = inventory.devices[index]
        let day = ServiceDay(containing: now)
        let above = device.assignment(on: day).upstreams.compactMap { inventory.device(key: $0) }
        let statuses = try await StatusQueries(store).live(of: Set(([device] + above).map(\.id)))
        let queries = TicketQueries(store)
        let (live, explanations) = (try await queries.live(), try await queries.explanations())
        func ticket(of device: Device) -> FaultTicket? {
            live.first { $0.root == device.id } ?? live.first { $0.number == explanations[device.id] }
        }
        let seen = await journal.observations(of: [device.id], since: now - Self.backMilliseconds)
        (self.device, self.at, self.defects) = (device, now, defects.defects(of: device.key))
        self.statuses = statuses.filter { $0.device == device.id }
        self.observations = Array(seen.sorted { $0.at > $1.at }.prefix(Self.shown))
        self.ticket = ticket(of: device)
        self.upstreams = above.map { upstream in
            Upstream(
                device: upstream,
                statuses: statuses.filter { $0.device == upstream.id },
                ticket: ticket(of: upstream)
            )
        }
        let hops = HopTable(
            device,
            observations: seen,
            server: inventory.streamServer(of: device, on: day),
            now: now,
            rule: { settings.chainRule(of: $0, for: device, in: inventory, on: day) }
        )
        self.hops = hops
        self.disagreements = disagreements.filter {
            $0.device == device.key && hops.findings.contains($0.finding)
        }
    }

    /// Whether something is wrong with it now.
    var isWrong: Bool {
        self.hops.firstFailing != nil
            || self.statuses.contains { $0.status == .offline || $0.status == .abnormal }
    }

    /// What it would take, the nearest cause first; each once.
    var advice: [String] {
        var advice: [String] = []
        for upstream in self.upstreams where upstream.isDown {
            advice.append(
                "先恢复上级 \(upstream.device.key) · first bring back what it hangs on: \(upstream.device.key)"
            )
        }
        let causes =
            self.statuses.filter { $0.status == .offline || $0.status == .abnormal }.compactMap(\.cause)
            + self.hops.rows.filter { $0.isAsked && !$0.plays }.compactMap(\.cause)
        advice += self.hops.findings.map(CauseAdvice.words) + causes.compactMap(CauseAdvice.words)
        advice += self.defects.map(\.advice)
        var seen: Set<String> = []
        return advice.filter { seen.insert($0).inserted }
    }

    // MARK: - For people

    var text: String {
        var text = "\(self.device.key)  \(self.device.stakeMark?.description ?? "")  \(self.device.name)\n"
        text += "截至 at \(self.at)\n\n"
        text += "状态 status\n" + Self.table(self.statuses).text
        if self.device.checks.contains(.stream) {
            let report = HopTableReport(self.hops)
            text += "\n环节 places\n" + report.table.text
            text += report.sentences.map { "  \($0)\n" }.joined()
            text += self.disagreements.map { one in
                "  \(one.finding.rawValue)  自 since \(one.firstSeenAt)\n"
            }.joined()
        }
        if !self.defects.isEmpty { text += "\n代理缺陷 defects of its SNMP agent\n" + self.defectTable.text }
        text += "\n上级 upstream\n" + self.upstreamTable.text
        text += "\n最近观测 last observations\n" + self.observationTable.text
        text += "\n工单 ticket\n" + (self.ticket.map(Self.words) ?? "  无 none\n")
        text += "\n处置 what it would take\n"
        return text + (self.advice.isEmpty ? "  无 nothing\n" : self.advice.map { "  \($0)\n" }.joined())
    }

    private static func words(_ ticket: FaultTicket) -> String {
        let maintainer = ticket.maintainer.map { "  \($0.name)" } ?? ""
        let repairBy = ticket.repairBy.map { "  修复时限 repair by \($0)" } ?? ""
        return
            "  #\(ticket.number)  \(ticket.stage.name.rawValue)  自 since \(ticket.since)\(maintainer)\(repairBy)\n"
    }

    private static func table(_ statuses: [LiveStatus]) -> Table {
        Table(
            columns: [
                Table.Column("facet", "方面"), Table.Column("status", "状态"), Table.Column("since", "自"),
                Table.Column("cause", "原因"),
            ],
            rows: statuses.map { status in
                [
                    .text(status.facet.rawValue),
                    .text(status.status.name + (status.isFaltering ? " (faltering)" : "")),
                    .text(status.since.text), Table.Cell(status.cause?.rawValue),
                ]
            }
        )
    }

    private var upstreamTable: Table {
        Table(
            columns: [
                Table.Column("device", "设备"), Table.Column("kind", "类型"), Table.Column("status", "状态"),
                Table.Column("since", "自"), Table.Column("cause", "原因"), Table.Column("ticket", "工单"),
            ],
            rows: self.upstreams.map { upstream in
                let leading = upstream.leading
                return [
                    .text(upstream.device.key), .text(upstream.device.kind.rawValue),
                    .text(leading?.status.name ?? "unknown"), Table.Cell(leading?.since.text),
                    Table.Cell(leading?.cause?.rawValue), Table.Cell(upstream.ticket?.number),
                ]
            }
        )
    }

    private var defectTable: Table {
        Table(
            columns: [
                Table.Column("kind", "缺陷"), Table.Column("detail", "说明"),
                Table.Column("count", "次数", isNumeric: true), Table.Column("first_seen_at", "首次"),
                Table.Column("last_seen_at", "最近"),
            ],
            rows: self.defects.map { defect in
                [
                    .text(defect.kind.rawValue), .text(defect.detail), .integer(Int64(defect.count)),
                    .text(defect.firstSeenAt.text), .text(defect.lastSeenAt.text),
                ]
            }
        )
    }

    private var observationTable: Table {
        Table(
            columns: [
                Table.Column("at", "时间"), Table.Column("check", "检查"), Table.Column("hop", "环节"),
                Table.Column("outcome", "结果"), Table.Column("cause", "原因"),
                Table.Column("took_ms", "用时", isNumeric: true), Table.Column("values", "测值"),
            ],
            rows: self.observations.map { seen in
                [
                    .text(seen.at.text), .text(seen.check.rawValue), .text(seen.hop.rawValue),
                    .text(seen.outcome.name), Table.Cell(seen.cause?.rawValue),
                    Table.Cell(seen.tookMilliseconds), Table.Cell(seen.values),
                ]
            }
        )
    }

    // MARK: - For programs

    var json: JSONText {
        let hops: JSONText? = self.device.checks.contains(.stream) ? HopTableReport(self.hops).json : nil
        return .object([
            "device": .string(self.device.key),
            "name": .string(self.device.name),
            "at": .string(self.at.text),
            "statuses": .array(self.statuses.map(Self.json)),
            "hops": hops,
            "disagreements": .array(self.disagreements.map(\.json)),
            "upstreams": .array(self.upstreams.map(Self.json)),
            "observations": .array(self.observations.map(Self.json)),
            "defects": .array(self.defects.map(\.json)),
            "ticket": self.ticket.map(Self.json),
            "advice": .array(self.advice.map(JSONText.string)),
        ])
    }

    private static func json(_ upstream: Upstream) -> JSONText {
        .object([
            "device": .string(upstream.device.key),
            "kind": .string(upstream.device.kind.rawValue),
            "down": .bool(upstream.isDown),
            "statuses": .array(upstream.statuses.map(Self.json)),
            "ticket": upstream.ticket.map { JSONText.integer($0.number) },
        ])
    }

    private static func json(_ seen: Observation) -> JSONText {
        .object([
            "at": .string(seen.at.text), "check": .string(seen.check.rawValue),
            "hop": .string(seen.hop.rawValue), "outcome": .string(seen.outcome.name),
            "cause": seen.cause.map { JSONText.string($0.rawValue) },
            "took_ms": seen.tookMilliseconds.map(JSONText.integer),
            "values": seen.values.map(JSONText.verbatim),
        ])
    }

    private static func json(_ ticket: FaultTicket) -> JSONText {
        .object([
            "number": .integer(ticket.number), "stage": .string(ticket.stage.name.rawValue),
            "since": .string(ticket.since.text),
            "maintainer": ticket.maintainer.map { JSONText.string($0.key) },
            "repair_by": ticket.repairBy.map { JSONText.string($0.text) },
        ])
    }

    private static func json(_ status: LiveStatus) -> JSONText {
        .object([
            "facet": .string(status.facet.rawValue), "status": .string(status.status.name),
            "since": .string(status.since.text), "cause": status.cause.map { JSONText.string($0.rawValue) },
            "faltering": .bool(status.isFaltering),
        ])
    }
}

extension DeviceLook.Upstream {
    /// The status by which it is judged: its reachability, or else its stream.
    var leading: LiveStatus? {
        let asksReach = self.device.checks.contains(.reach) || self.device.checks.contains(.snmp)
        return self.statuses.first { $0.facet == (asksReach ? .reachability : .stream) }
    }

    /// Whether it cannot carry what hangs on it.
    var isDown: Bool { self.leading?.status == .offline }
}
