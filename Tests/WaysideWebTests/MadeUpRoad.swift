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
    private let state: Mutex<(scene: Scene, events: [ConsoleEvent], firstKept: Int64)>
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
            events: { after, limit in self.page(after: after, limit: limit) },
            waitForEvents: { after in try await self.news.wait { self.lastSequence > after } },
            health: { self.health() },
            metrics: { "# TYPE wayside_devices gauge\nwayside_devices 31\n" }
        )
    }

    /// Two switches that were cloned with their configuration; one of them has left the inventory.
    private static let defects = ["SW-1", "SW-GONE"].map {
        AgentDefect(
            device: $0,
            kind: .duplicateEngineID,
            detail: "has the same engine ID as 10.20.0.12:161 (SW-2)",
            firstSeenAt: MadeUpRoad.now - 50_000_000,
            lastSeenAt: MadeUpRoad.now - 7_200_000,
            count: 3
        )
    }

    /// A load that follows the day, with an hour and a half in which nobody answered.
    private static let day: [HealthPoint] = (0..<1_440).compactMap { minute in
        guard !(500..<590).contains(minute) else { return nil }
        let noise = Double(minute * 7_919 % 31) / 10
        let daily = 30 * max(0, 1 - abs(Double(minute) - 800) / 500)
        return HealthPoint(
            at: MadeUpRoad.now - 86_400_000 + Int64(minute) * 60_000,
            value: .level(12 + daily + noise)
        )
    }

    private static let healthSeries = [
        HealthSeries(
            metric: Metric(name: "cpu.load", unit: "%", kind: .gauge),
            last: HealthPoint(at: MadeUpRoad.now - 30_000, value: .level(41.5))
        ),
        HealthSeries(
            metric: Metric(name: "interface.in_octets", instance: "GE0/0/1", unit: "octets", kind: .counter),
            last: nil
        ),
    ]

    private func health(_ question: HealthQuestion) throws -> HealthAnswer? {
        guard self.inventory.device(key: question.device) != nil else { return nil }
        let found = Self.healthSeries.first {
            $0.metric.name == question.name && $0.metric.instance == question.instance
        }
        guard let metric = found?.metric else {
            throw ConsoleProblem(.noSuchThing, "there is no metric \(question.name); the nearest is cpu.load")
        }
        if metric.kind == .gauge, let length = question.everyMilliseconds {
            let buckets = HealthBucket.buckets(of: Self.day, after: nil, kind: .gauge, every: length)
            return HealthAnswer(
                metric: metric,
                from: MadeUpRoad.now - 86_400_000,
                to: MadeUpRoad.now,
                content: .buckets(buckets)
            )
        }
        let points = [.max - 60_000 * 100 / 1_000, .max].map { (count: UInt64) in
            metric.kind == .counter ? HealthPoll.Value.count(count) : .level(41.5)
        }.enumerated().map {
            HealthPoint(at: MadeUpRoad.now - 120_000 + Int64($0.offset) * 60_000, value: $0.element)
        }
        let buckets = question.everyMilliseconds.map {
            HealthBucket.buckets(of: points, after: nil, kind: metric.kind, every: $0)
        }
        return HealthAnswer(
            metric: metric,
            from: question.from ?? MadeUpRoad.now - 86_400_000,
            to: question.to ?? MadeUpRoad.now,
            content: buckets.map { .buckets($0) } ?? .points(points, isCut: false)
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

// MARK: - What is on the road

extension MadeUpRoad {
    private static let cameras: [(mark: String, name: String, way: Direction, access: Int)] = [
        ("K10+150", "青溪收费广场", .both, 1), ("K10+600", "青溪收费站出口", .descending, 1),
        ("K11+450", "青溪互通入口", .ascending, 1), ("K12+300", "青溪互通合流区", .ascending, 1),
        ("K13+100", "柳林弯道", .descending, 1), ("K14+700", "柳林长下坡", .ascending, 1),
        ("K16+250", "青溪服务区进口", .descending, 2), ("K16+900", "青溪服务区出口", .ascending, 2),
        ("K17+820", "白鹭河大桥西端", .ascending, 2), ("K18+260", "白鹭河大桥主跨", .both, 2),
        ("K18+700", "白鹭河大桥东端", .descending, 2), ("K20+550", "青溪东门架", .ascending, 2),
        ("K22+350", "桃源隧道进口洞外", .ascending, 3), ("K22+500", "桃源隧道上行一号", .ascending, 3),
        ("K22+650", "桃源隧道下行一号", .descending, 3), ("K22+950", "桃源隧道上行二号", .ascending, 3),
        ("K23+100", "桃源隧道下行二号", .descending, 3), ("K23+400", "桃源隧道上行三号", .ascending, 3),
        ("K24+000", "桃源隧道上行四号", .ascending, 4), ("K24+150", "桃源隧道下行四号", .descending, 4),
        ("K24+600", "桃源隧道上行五号", .ascending, 4), ("K25+200", "桃源隧道出口洞外", .both, 4),
        ("K27+400", "石桥坡顶", .descending, 4), ("K29+850", "桃源互通分流区", .ascending, 4),
    ]

    private static let network:
        [(key: String, kind: Device.Kind, name: String, mark: String, above: [String])] = [
            ("GW-1", .gateway, "青溪分中心视频上云网关", "K15+980", []),
            ("AGG-1", .switch, "青溪分中心汇聚交换机", "K15+980", ["GW-1"]),
            ("UPS-1", .ups, "桃源隧道变电所不间断电源", "K22+380", ["AGG-1"]),
            ("SW-1", .switch, "青溪站接入交换机", "K11+400", ["AGG-1"]),
            ("SW-2", .switch, "白鹭河大桥接入交换机", "K18+050", ["AGG-1"]),
            ("SW-3", .switch, "桃源隧道进口接入交换机", "K22+400", ["AGG-1"]),
            ("SW-4", .switch, "桃源隧道出口接入交换机", "K25+150", ["AGG-1"]),
        ]

    private static func makeInventory() -> Inventory {
        var devices: [Device] = []
        func add(_ key: String, _ kind: Device.Kind, _ name: String, _ mark: String, _ above: [String]) -> Int
        {
            let number = Int64(devices.count + 1)
            let isEast = (StakeMark(mark)?.metres ?? 0) > 21_000
            var device = Device(
                id: DeviceID(number),
                key: key,
                kind: kind,
                name: name,
                assignment: Assignment(
                    organization: isEast ? "TY" : "QX",
                    maintainer: isEast ? "M-QM" : "M-TT",
                    roads: ["G99"],
                    upstreams: above
                )
            )
            device.stakeMark = StakeMark(mark)
            device.address = "198.18.0.\(number)"
            device.checks = kind == .camera ? [.reach, .stream] : [.reach, .snmp]
            devices.append(device)
            return devices.count - 1
        }
        for item in self.network { _ = add(item.key, item.kind, item.name, item.mark, item.above) }
        for item in self.cameras {
            let key = "CAM-" + item.mark.dropFirst().replacing("+", with: "-")
            let index = add(key, .camera, item.name + "摄像机", item.mark, ["SW-\(item.access)"])
            devices[index].direction = item.way
            devices[index].positionClass = item.name.contains("隧道") ? 3 : 1
        }
        return Inventory(
            organizations: [
                Organization(key: "YSGS", name: "远山高速公路有限公司", kind: .company, parent: nil),
                Organization(key: "QX", name: "青溪路段", kind: .section, parent: "YSGS"),
                Organization(key: "TY", name: "桃源路段", kind: .section, parent: "YSGS"),
                Organization(key: "M-TT", name: "通途养护工程有限公司", kind: .maintainer, parent: nil),
                Organization(key: "M-QM", name: "启明机电工程有限公司", kind: .maintainer, parent: nil),
            ],
            devices: devices
        )
    }
}

// MARK: - What happens on it

extension MadeUpRoad {
    private func isDark(_ device: Device, _ scene: Scene) -> Bool {
        switch scene {
        case .allWell, .stale: false
        case .cameraOff: device.key == self.camera("K12+300")
        case .switchDown: device.key == "SW-2" || device.assignment.upstreams == ["SW-2"]
        case .mixed:
            device.key == "SW-3" || device.assignment.upstreams == ["SW-3"]
                || device.key == self.camera("K12+300")
        }
    }

    private func status() -> RoadStatus {
        let (scene, events) = self.state.withLock { ($0.scene, $0.events) }
        var statuses: [LiveStatus] = []
        for device in self.inventory.devices {
            for facet in Set(device.checks.map(\.facet)) {
                let isDark = self.isDark(device, scene)
                var live = LiveStatus(
                    device: device.id,
                    facet: facet,
                    status: isDark ? .offline : .online,
                    since: isDark ? Self.now - 95_000 : Self.now - 7_200_000,
                    cause: isDark ? .timeout : nil,
                    isFaltering: false,
                    knownAt: Self.now
                )
                if scene == .mixed, facet == .stream {
                    if device.key == self.camera("K16+250") {
                        (live.status, live.cause, live.since) = (.abnormal, .lossHigh, Self.now - 600_000)
                    } else if device.key == self.camera("K27+400") {
                        (live.status, live.cause, live.since) = (.unknown, .busy, Self.now - 60_000)
                    } else if device.key == self.camera("K29+850") {
                        live.isFaltering = true
                    }
                }
                statuses.append(live)
            }
        }
        let tickets = self.tickets(scene)
        var explanations: [DeviceID: Int64] = [:]
        for ticket in tickets {
            for affected in ticket.affected { explanations[affected.device] = ticket.number }
        }
        return RoadStatus(
            at: Self.now,
            statuses: statuses,
            tickets: tickets,
            explanations: explanations,
            lastEvents: Array(events.suffix(40).reversed()),
            lastSequence: events.last?.sequence ?? 0
        )
    }

    private func tickets(_ scene: Scene) -> [FaultTicket] {
        var tickets: [FaultTicket] = []
        func open(
            _ number: Int64,
            _ key: String,
            _ facets: [Facet],
            _ maintainer: Recipient,
            isAccepted: Bool
        ) {
            guard let root = self.inventory.device(key: key) else { return }
            let below = self.inventory.devices.filter { $0.assignment.upstreams == [key] }
            let at = Self.now - 80_000
            tickets.append(
                FaultTicket(
                    number: number,
                    root: root.id,
                    openedAt: at,
                    facets: facets.map { FailedFacet(facet: $0, since: Self.now - 95_000, cause: .timeout) },
                    stage: isAccepted
                        ? .accepted(by: maintainer, at: at) : .dispatched(to: maintainer, at: at),
                    clock: RepairClock(startedAt: at, warnAt: at + 1_200_000, repairBy: at + 1_800_000),
                    affected: below.map { .init(device: $0.id, since: Self.now - 93_000) },
                    moveCount: 2
                )
            )
        }
        let tongtu = Recipient(key: "M-TT", name: "通途养护工程有限公司")
        let qiming = Recipient(key: "M-QM", name: "启明机电工程有限公司")
        switch scene {
        case .allWell, .stale: break
        case .cameraOff:
            open(12, self.camera("K12+300"), [.reachability, .stream], tongtu, isAccepted: false)
        case .switchDown: open(13, "SW-2", [.reachability], tongtu, isAccepted: true)
        case .mixed:
            open(15, "SW-3", [.reachability], qiming, isAccepted: true)
            open(12, self.camera("K12+300"), [.reachability, .stream], tongtu, isAccepted: false)
        }
        return tickets
    }

    private func ticket(_ number: Int64) -> TicketHistory? {
        let all = Scene.allCases.flatMap { self.tickets($0) }
        guard let ticket = all.first(where: { $0.number == number }) else { return nil }
        let opening = TicketMove(
            ticketNumber: number,
            serial: 1,
            from: nil,
            to: .opened,
            action: .open,
            at: ticket.openedAt,
            by: .watch,
            reason: nil
        )
        let dispatch = TicketMove(
            ticketNumber: number,
            serial: 2,
            from: .opened,
            to: .dispatched,
            action: .dispatch,
            at: ticket.openedAt,
            by: .watch,
            reason: ticket.maintainer?.name
        )
        return TicketHistory(ticket: ticket, moves: [opening, dispatch], affected: ticket.affected)
    }

    private func history(_ device: Device) -> DeviceHistory {
        let (scene, events) = self.state.withLock { ($0.scene, $0.events) }
        return DeviceHistory(
            tickets: self.tickets(scene).filter { $0.root == device.id },
            lastEvents: events.filter { $0.device == device.id }.reversed(),
            lastObservations: [
                Observation(
                    device: device.id,
                    check: .reach,
                    at: Self.now - 4_000,
                    outcome: .up,
                    tookMilliseconds: 3
                )
            ],
            hops: device.checks.contains(.stream) ? self.hops(device) : nil,
            defects: Self.defects.filter { $0.device == device.key }
        )
    }

    /// The camera itself plays, and its copy stands still.
    private func hops(_ device: Device) -> HopTable {
        let seen = [(Hop.direct, Outcome.up, Cause?.none), (.platform, .down, .stalePlaylist)].map {
            Observation(
                device: device.id,
                check: .stream,
                hop: $0.0,
                at: Self.now - 30_000,
                outcome: $0.1,
                cause: $0.2
            )
        }
        return HopTable(device, observations: seen, now: Self.now) {
            CheckCadence.usual($0).validForMilliseconds
        }
    }

    private func history(
        of scene: Scene
    ) -> [(device: String, content: ConsoleEvent.Content, at: Timestamp)] {
        let dark = self.inventory.devices.filter { self.isDark($0, scene) }
        var told: [(device: String, content: ConsoleEvent.Content, at: Timestamp)] = [
            (
                self.camera("K14+700"),
                .status(
                    .stream,
                    .offline,
                    before: .online,
                    since: Self.now - 8_100_000,
                    cause: .noMedia,
                    isFaltering: false
                ),
                Self.now - 8_090_000
            ),
            (
                self.camera("K14+700"),
                .status(
                    .stream,
                    .online,
                    before: .offline,
                    since: Self.now - 7_200_000,
                    cause: nil,
                    isFaltering: false
                ),
                Self.now - 7_190_000
            ),
        ]
        for device in dark {
            for facet in Facet.allCases where device.checks.contains(where: { $0.facet == facet }) {
                let content = ConsoleEvent.Content.status(
                    facet,
                    .offline,
                    before: .online,
                    since: Self.now - 95_000,
                    cause: .timeout,
                    isFaltering: false
                )
                told.append((device.key, content, Self.now - 88_000))
            }
        }
        for ticket in self.tickets(scene) {
            guard let root = self.inventory.device(ticket.root) else { continue }
            told.append((root.key, .ticket(number: ticket.number, action: .open), ticket.openedAt))
            told.append((root.key, .ticket(number: ticket.number, action: .dispatch), ticket.openedAt))
        }
        return told
    }
}

// MARK: - Its figures

extension MadeUpRoad {
    static let rule = RateRule(
        id: "province-time-weighted",
        version: 3,
        titleZH: "省级考核在线率（时长）",
        titleEN: "Provincial online rate, time-weighted",
        citation: "our own",
        facet: .stream,
        population: .init(kinds: [.camera]),
        method: .timeWeighted,
        status: StatusProfile(missesToConfirm: 3, hitsToRecover: 1),
        unknown: .excluded,
        minimumCoverage: 900,
        upstream: .counted,
        aggregate: .pooled,
        sha256: String(repeating: "ab", count: 32)
    )

    private func check(_ rule: String?) throws {
        if let rule, rule != Self.rule.id { throw ConsoleProblem(.noSuchThing, "there is no rule \(rule)") }
    }

    private func assessor(on day: ServiceDay?) throws -> Assessor {
        let scene = self.state.withLock { $0.scene }
        let day = day ?? ServiceDay(containing: Self.now)
        return try Assessor(
            rule: Self.rule,
            inventory: self.inventory,
            day: day,
            knownAt: min(Self.now, day.end),
            exemptions: [],
            tracks: { index, facet in
                let device = self.inventory.devices[index]
                guard let check = facet.checks.first(where: device.checks.contains) else { return [] }
                var changes: [StatusChange] = []
                func change(_ status: Status, from at: Timestamp) {
                    changes.append(StatusChange(at: at, status: status, precedingAt: nil, lastMissAt: nil))
                }
                change(.online, from: day.start)
                if device.key == self.camera("K14+700"), facet == .stream {
                    change(.offline, from: Self.now - 8_100_000)
                    change(.online, from: Self.now - 7_200_000)
                }
                if self.isDark(device, scene) { change(.offline, from: Self.now - 95_000) }
                return [CheckTrack(check: check, hop: .direct, changes: changes)]
            }
        )
    }

    /// An approval that came after its window had begun.
    private var exemption: ExemptionCase {
        ExemptionCase(
            Exemption(
                id: "EX-1",
                scope: .downstream(of: "SW-2"),
                facets: [.stream],
                className: "works",
                span: Span(Self.now - 3_600_000, Self.now + 3_600_000),
                requestedAt: Self.now - 7_200_000,
                approvedAt: Self.now - 1_800_000,
                document: "〔2026〕12号"
            )
        )
    }

    private func published(_ day: ServiceDay?) -> [PublishedReport] {
        let yesterday = ServiceDay(containing: Self.now).previous
        if let day, !ServicePeriod(.month, containing: day).contains(yesterday) { return [] }
        return [
            PublishedReport(
                id: "\(yesterday).\(Self.rule.id).all",
                revision: 1,
                period: ServicePeriod(.day, containing: yesterday),
                organization: nil,
                rule: Self.rule.id,
                ruleVersion: Self.rule.version,
                cutOffAt: yesterday.end,
                publishedAt: yesterday.end + 1,
                publishedBy: "李工",
                reason: nil,
                isProvisional: true,
                inputsSHA256: String(repeating: "ab", count: 32),
                figuresSHA256: String(repeating: "cd", count: 32),
                assessed: OnlineRate(numerator: 3, denominator: 4, unit: .millisecond)
            )
        ]
    }

    private func rates(day: ServiceDay?, rule: String?) throws -> RateSheet {
        try self.check(rule)
        var assessor = try self.assessor(on: day)
        return assessor.sheet()
    }

    private func explain(_ key: String, day: ServiceDay?, rule: String?) throws -> DayExplanation? {
        try self.check(rule)
        guard let index = self.inventory.index(ofKey: key) else { return nil }
        let sheet = try self.rates(day: day, rule: rule)
        var assessor = try self.assessor(on: day)
        let intervals = assessor.classLine(of: index).intervals.map { interval in
            DayExplanation.Interval(interval, cause: interval.timeClass == .online ? nil : .timeout)
        }
        return DayExplanation(
            device: key,
            day: sheet.day,
            until: sheet.until,
            isProvisional: sheet.isProvisional,
            rule: sheet.rule,
            intervals: intervals,
            row: sheet.devices.first { $0.device == key }
        )
    }
}

/// Lets tasks wait until something is told (消息).
final class News: Sendable {
    private let waiting = Mutex<[UInt64: CheckedContinuation<Void, Never>]>([:])
    private let next = Atomic<UInt64>(0)

    /// Wakes everybody.
    func tell() {
        let all = self.waiting.withLock { waiting in
            defer { waiting = [:] }
            return waiting
        }
        for continuation in all.values { continuation.resume() }
    }

    /// Waits until it holds, looking whenever something is told; ends when the task is cancelled.
    func wait(until holds: @escaping @Sendable () -> Bool) async throws {
        while !holds() {
            let number = self.next.add(1, ordering: .relaxed).newValue
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    self.waiting.withLock { $0[number] = continuation }
                    if holds() || Task.isCancelled { self.wake(number) }
                }
            } onCancel: {
                self.wake(number)
            }
            try Task.checkCancellation()
        }
    }

    private func wake(_ number: UInt64) { self.waiting.withLock { $0.removeValue(forKey: number) }?.resume() }
}
