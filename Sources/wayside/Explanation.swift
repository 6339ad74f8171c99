internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports
internal import WaysideStore

/// Why a device's figure is what it is (追溯): its intervals, the changes and observations behind them, and the sums.
struct Explanation: Sendable {
    let ground: Assessing.Ground
    let device: Device
    let line: ClassLine
    let row: RateSheet.DeviceRow?
    /// The tracks of the rule's facet.
    let tracks: [CheckTrack]
    /// What was seen at the instants that opened or closed an interval.
    let evidence: [JournalEvidence.Place: Observation]
    /// How many of those instants are known, but nothing more of what was seen: raw observations age out.
    let agedOut: Int
    /// The exemptions that cover the device on the day, whether the rule accepts them or not.
    let exemptions: [Exemption]
    /// The text of the rule's file; `nil` when it was not handed over.
    let ruleText: String?

    init(
        _ ground: Assessing.Ground,
        device index: Int,
        journal: JournalEvidence,
        reports: ReportStore? = nil,
        ruleText: String? = nil
    ) async throws {
        var assessor = try ground.assessor()
        let device = ground.inventory.devices[index]
        self.ground = ground
        self.device = device
        self.line = assessor.classLine(of: index)
        self.row = assessor.sheet().devices.first { $0.device == device.key }
        self.tracks = (ground.tracks[device.id] ?? []).filter {
            $0.check.facet == ground.rule.facet && device.checks.contains($0.check)
        }
        let places = Self.places(of: [device.id: self.tracks], on: ground.day)
        var evidence = await journal.observations(at: places)
        if evidence.count < places.count, let reports,
            let published = try await reports.evidence(
                of: ground.day,
                rule: ground.rule.id,
                version: ground.rule.version
            )
        {
            // What a report was published with lives as long as the report.
            let seen = EvidenceLines.seen(in: published.bytes, of: device)
            for observation in seen {
                let key = TrackKey(device: device.id, check: observation.check, hop: observation.hop)
                let place = JournalEvidence.Place(key: key, at: observation.at)
                if places.contains(place), evidence[place] == nil { evidence[place] = observation }
            }
        }
        self.evidence = evidence
        // The end of a validity is an instant at which nothing was seen.
        let ends = Self.silences(of: self.tracks, device.id)
        self.agedOut = places.subtracting(ends).count { evidence[$0] == nil }
        var scopes = ScopeMembers(ground.inventory, on: ground.day)
        self.exemptions = ground.exemptions.filter {
            $0.span.overlaps(ground.day.span) && scopes.devices(of: $0.scope).contains(index)
        }
        self.ruleText = ruleText
    }

    /// The instants at which a status became unknown.
    private static func silences(of tracks: [CheckTrack], _ device: DeviceID) -> Set<JournalEvidence.Place> {
        Set(
            tracks.flatMap { track in
                track.changes.filter { $0.status == .unknown }.map {
                    JournalEvidence.Place(
                        key: TrackKey(device: device, check: track.check, hop: track.hop),
                        at: $0.at
                    )
                }
            }
        )
    }

    /// The accepted exemptions that cover some of the interval.
    func exemptions(over interval: ClassInterval) -> [Exemption] {
        guard interval.timeClass.isExempt else { return [] }
        return self.exemptions.filter {
            $0.span.overlaps(interval.span)
                && self.ground.rule.accepts($0, knownAt: self.ground.knownAt)
        }
    }

    /// Where the observations are that opened, closed or preceded an interval of the day.
    static func places(
        of tracks: [DeviceID: [CheckTrack]],
        on day: ServiceDay
    ) -> Set<JournalEvidence.Place> {
        var places: Set<JournalEvidence.Place> = []
        for (device, tracks) in tracks {
            for track in tracks {
                let key = TrackKey(device: device, check: track.check, hop: track.hop)
                for change in track.changes where day.span.contains(change.at) {
                    for at in [change.at, change.precedingAt, change.lastMissAt].compactMap({ $0 }) {
                        places.insert(JournalEvidence.Place(key: key, at: at))
                    }
                }
            }
        }
        return places
    }

    private var end: Timestamp { min(self.ground.knownAt, self.ground.day.end) }

    /// A line for each interval.
    var intervals: Table {
        Table(
            columns: [
                Table.Column("from", "自"), Table.Column("to", "至"), Table.Column("class", "类别"),
                Table.Column("duration_ms", "毫秒", isNumeric: true), Table.Column("because", "依据"),
            ],
            rows: self.line.intervals.map { interval in
                [
                    .text(interval.span.start.text), .text(interval.span.end.text),
                    .text("\(interval.timeClass.titleZH) \(interval.timeClass.name)"),
                    .integer(interval.span.milliseconds),
                    .text(self.reasons(of: interval).joined(separator: "; ")),
                ]
            }
        )
    }

    /// What opened the interval, in words.
    private func reasons(of interval: ClassInterval) -> [String] {
        if interval.timeClass == .uncommissioned { return ["outside its service life"] }
        var reasons: [String] = []
        for track in self.tracks {
            guard let change = track.changes.last(where: { $0.at <= interval.span.start }) else { continue }
            reasons.append(self.words(change, of: track))
        }
        if interval.timeClass.withoutExemption == .upstream {
            let above = self.device.assignment(on: self.ground.day).upstreams.joined(separator: ", ")
            reasons.append("everything it hangs on is down: \(above)")
        }
        for exemption in self.exemptions(over: interval) {
            reasons.append(
                "exemption \(exemption.id), \(exemption.className), document \(exemption.document ?? "—")"
            )
        }
        return reasons.isEmpty ? ["no observation speaks for this time"] : reasons
    }

    private func words(_ change: StatusChange, of track: CheckTrack) -> String {
        let key = TrackKey(device: self.device.id, check: track.check, hop: track.hop)
        let place =
            track.hop == .direct ? track.check.rawValue : "\(track.check.rawValue)@\(track.hop.rawValue)"
        var words = "\(place) \(change.status.name) since \(self.text(change.at))"
        if let seen = self.evidence[JournalEvidence.Place(key: key, at: change.at)] {
            words += " (\(seen.outcome.name)"
            if let cause = seen.cause { words += ", \(cause.rawValue)" }
            if let took = seen.tookMilliseconds { words += ", \(took) ms" }
            words += ")"
        }
        if let preceding = change.precedingAt { words += ", before it \(self.text(preceding))" }
        if let miss = change.lastMissAt { words += ", last miss \(self.text(miss))" }
        return words
    }

    /// The time of day; with the date where it is another day's.
    private func text(_ instant: Timestamp) -> String {
        self.ground.day.span.contains(instant)
            ? instant.timeOfDay : "\(ServiceDay(containing: instant)) \(instant.timeOfDay)"
    }

    /// What can no longer be shown, or no longer be worked out otherwise; `nil` when all is there.
    private var agedOutWords: String? {
        guard self.agedOut > 0 else { return nil }
        return "原始观测已过保存期：有 \(self.agedOut) 个时刻只留下时间和结论，也不能再按另一种状态判定重算 · raw observations have aged out: "
            + "of \(self.agedOut) instants only the time and the conclusion are left, and the day can no longer be "
            + "assessed under another status profile"
    }

    /// A line for each exemption that covers the device, with why the rule does not accept it.
    private var exemptionLines: [String] {
        self.exemptions.map { exemption in
            let remark = ExemptionPreview.remark(exemption, rule: self.ground.rule, now: self.ground.knownAt)
            return
                "  \(exemption.id)  \(exemption.className)  \(exemption.span.start) – \(exemption.span.end)  "
                + "文件 document \(exemption.document ?? "—")  "
                + (remark.map { "不计 not counted: \($0)" } ?? "计入 counted")
        }
    }

    /// All of it for the terminal.
    var text: String {
        let rule = self.ground.rule
        let tally = self.line.tally()
        let whole = self.end - self.ground.day.start
        var text = "\(self.device.key)  \(self.device.stakeMark?.description ?? "")  \(self.device.name)\n"
        text +=
            "\(self.ground.day)  \(rule.titleZH) · \(rule.titleEN)  (\(rule.id) v\(rule.version), \(rule.facet.rawValue))\n"
        text += "截至 until \(self.end)\n\n" + self.intervals.text + "\n"
        for timeClass in TimeClass.allCases where tally[timeClass] > 0 {
            text += "  \(timeClass.titleZH) \(timeClass.name): \(tally[timeClass]) ms\n"
        }
        text += "  合计 sum: \(tally.total) ms of \(whole) ms\(tally.total == whole ? " ✓" : " ✗")\n"
        if let figures = self.row?.figures {
            text +=
                "\n  原始 raw \(figures.raw.text)  考核 assessed \(figures.assessed.text)  覆盖 coverage \(figures.coverage.text)"
            text += "  误差 error \(figures.low.text) – \(figures.high.text)\n"
            if let grade = figures.grade {
                text +=
                    "  等级 grade \(grade)"
                    + (rule.isGradeCertain(figures) ? "\n" : "，在误差范围内 · within its error bar\n")
            }
        } else {
            text += "\n  不在该口径的考核范围 · outside this rule's population\n"
        }
        if !self.exemptions.isEmpty {
            text += "\n报备 exemptions\n" + self.exemptionLines.joined(separator: "\n") + "\n"
        }
        text +=
            "\n口径 rule \(rule.id) v\(rule.version)  sha256 \(rule.sha256)\n出处 citation: \(rule.citation)\n"
        if let words = self.agedOutWords { text += "\n\(words)\n" }
        return text
    }

    /// All of it as JSON.
    var json: JSONText {
        .object([
            "device": .string(self.device.key),
            "name": .string(self.device.name),
            "day": .string(self.ground.day.description),
            "until": .string(self.end.text),
            "facet": .string(self.ground.rule.facet.rawValue),
            "rule": .object([
                "id": .string(self.ground.rule.id), "version": .integer(Int64(self.ground.rule.version)),
                "sha256": .string(self.ground.rule.sha256),
                "citation": .string(self.ground.rule.citation),
                "text": self.ruleText.map(JSONText.string),
            ]),
            "exemptions": .array(self.exemptions.map(self.json(of:))),
            "aged_out": .integer(Int64(self.agedOut)),
            "ms": RateSheetReport.json(of: self.line.tally()),
            "total_ms": .integer(self.line.tally().total),
            "intervals": .array(self.line.intervals.map(self.json(of:))),
            "changes": .array(self.tracks.flatMap(self.json(of:))),
            "raw": self.row?.figures.raw.json, "assessed": self.row?.figures.assessed.json,
            "coverage": self.row?.figures.coverage.json,
            "error": self.row.map { .object(["low": $0.figures.low.json, "high": $0.figures.high.json]) },
        ])
    }

    private func json(of exemption: Exemption) -> JSONText {
        let remark = ExemptionPreview.remark(exemption, rule: self.ground.rule, now: self.ground.knownAt)
        return .object([
            "id": .string(exemption.id), "class": .string(exemption.className),
            "from": .string(exemption.span.start.text), "to": .string(exemption.span.end.text),
            "approved_at": exemption.approvedAt.map { .string($0.text) },
            "revoked_at": exemption.revokedAt.map { .string($0.text) },
            "document": exemption.document.map(JSONText.string),
            "reason": exemption.reason.map(JSONText.string),
            "counted": .bool(remark == nil), "because": remark.map(JSONText.string),
        ])
    }

    private func json(of interval: ClassInterval) -> JSONText {
        .object([
            "from": .string(interval.span.start.text), "to": .string(interval.span.end.text),
            "class": .string(interval.timeClass.name), "duration_ms": .integer(interval.span.milliseconds),
            "because": .array(self.reasons(of: interval).map(JSONText.string)),
            "exemptions": .array(self.exemptions(over: interval).map { .string($0.id) }),
        ])
    }

    private func json(of track: CheckTrack) -> [JSONText] {
        let key = TrackKey(device: self.device.id, check: track.check, hop: track.hop)
        func seen(_ at: Timestamp?) -> JSONText? {
            at.map { at in
                let observation = self.evidence[JournalEvidence.Place(key: key, at: at)]
                return .object([
                    "at": .string(at.text), "outcome": observation.map { .string($0.outcome.name) },
                    "cause": observation?.cause.map { .string($0.rawValue) },
                    "took_ms": observation?.tookMilliseconds.map(JSONText.integer),
                    "values": observation?.values.map(JSONText.verbatim),
                    "evidence": observation?.evidence.map(JSONText.string),
                ])
            }
        }
        return track.changes.map { change in
            .object([
                "check": .string(track.check.rawValue), "hop": .string(track.hop.rawValue),
                "at": .string(change.at.text), "status": .string(change.status.name),
                "opened_by": change.status == .unknown ? nil : seen(change.at),
                "preceding": seen(change.precedingAt),
                "last_miss": seen(change.lastMissAt),
            ])
        }
    }
}
