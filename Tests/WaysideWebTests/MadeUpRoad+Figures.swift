import Synchronization
import WaysideCore
import WaysideWeb

// Its figures.
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

    func assessor(on day: ServiceDay?) throws -> Assessor {
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
    var exemption: ExemptionCase {
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

    func published(_ day: ServiceDay?) -> [PublishedReport] {
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

    func rates(day: ServiceDay?, rule: String?) throws -> RateSheet {
        try self.check(rule)
        var assessor = try self.assessor(on: day)
        return assessor.sheet()
    }

    func explain(_ key: String, day: ServiceDay?, rule: String?) throws -> DayExplanation? {
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
