internal import ArgumentParser
internal import Foundation
internal import MediaProbe
internal import WaysideCore
internal import WaysideReports

/// What probes of streams saw, for people, spreadsheets and programs.
struct ProbeCommandReport {
    private let reports: [MediaReport]

    init(_ reports: [MediaReport]) { self.reports = reports }

    /// One object for one stream, an array for several.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let bytes =
            if let only = self.reports.first, self.reports.count == 1 {
                try encoder.encode(only)
            } else {
                try encoder.encode(self.reports)
            }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What one round of watching prints: a line a stream, as text, as an object, or as a row under the heading of the
    /// first round.
    func lines(_ format: Format, isFirst: Bool, at time: Timestamp) throws -> String {
        switch format {
        case .table: return self.reports.map { "\(time)  \(Self.line(of: $0))\n" }.joined()
        case .csv:
            let csv = self.table(at: time).csv
            return isFirst
                ? csv
                : String(csv[(csv.firstIndex(where: \.isNewline).map(csv.index(after:)) ?? csv.endIndex)...])
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return try self.reports.map { report in
                String(decoding: try encoder.encode(Sight(at: time, report: report)), as: UTF8.self) + "\n"
            }.joined()
        }
    }

    /// A report and when its round was over.
    private struct Sight: Encodable {
        private enum Key: String, CodingKey { case at }

        var at: Timestamp
        var report: MediaReport

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode("\(self.at)", forKey: .at)
            try self.report.encode(to: encoder)
        }
    }

    private func table(at time: Timestamp) -> Table {
        var table = self.table
        table.columns.insert(Table.Column("at", "时间"), at: 0)
        for index in table.rows.indices { table.rows[index].insert(.text("\(time)"), at: 0) }
        return table
    }

    private static func line(of report: MediaReport) -> String {
        if !report.isAsked {
            return "\(report.redactedURL)  \(Self.words(report.verdict)), \(Self.reason(report))"
        }
        var words = [Self.words(report.verdict), "\(report.took.roundedMilliseconds) ms"]
        if let stage = report.failedStage { words.append("at the stage \(stage.rawValue)") }
        if let codec = report.codec { words.append(codec) }
        if let width = report.width, let height = report.height { words.append("\(width)×\(height)") }
        if let rate = report.kilobitsPerSecond { words.append("\(Self.short(rate)) kbit/s") }
        if let expected = report.packetsExpected, let lost = report.packetsLost {
            words.append("\(lost) of \(expected) packets lost")
        }
        if report.verdict != .up, report.detail != nil { words.append(Self.reason(report)) }
        return "\(report.redactedURL)  " + words.joined(separator: ", ")
    }

    /// A row a stream.
    var table: Table {
        Table(
            columns: [
                Table.Column("url", "地址"), Table.Column("outcome", "结果"), Table.Column("cause", "原因"),
                Table.Column("failed_stage", "止于"), Table.Column("took_ms", "用时", isNumeric: true),
                Table.Column("transport", "传输"), Table.Column("codec", "编码"), Table.Column("profile", "档次"),
                Table.Column("width", "宽", isNumeric: true), Table.Column("height", "高", isNumeric: true),
                Table.Column("fps", "帧率", isNumeric: true),
                Table.Column("bitrate_kbps", "码率", isNumeric: true),
                Table.Column("keyframe_interval_ms", "关键帧间隔", isNumeric: true),
                Table.Column("packets_expected", "应收包", isNumeric: true),
                Table.Column("packets_lost", "丢包", isNumeric: true),
                Table.Column("jitter_ms", "抖动", isNumeric: true),
                Table.Column("timestamp_jumps", "时间戳跳变", isNumeric: true), Table.Column("audio", "音频"),
                Table.Column("camera_clock", "摄像机时钟"),
                Table.Column("container", "封装"), Table.Column("duration_ms", "时长", isNumeric: true),
                Table.Column("detail", "说明"),
            ],
            rows: self.reports.map { report in
                [
                    .text(report.redactedURL), .text(report.verdict.outcome),
                    Table.Cell(report.verdict.cause?.rawValue), Table.Cell(report.failedStage?.rawValue),
                    .integer(report.took.roundedMilliseconds), Table.Cell(report.transport?.rawValue),
                    Table.Cell(report.codec), Table.Cell(report.profile),
                    Table.Cell(report.width.map(Int64.init)),
                    Table.Cell(report.height.map(Int64.init)),
                    Table.Cell(report.framesPerSecond.map(Self.short)),
                    Table.Cell(report.kilobitsPerSecond.map(Self.short)),
                    Table.Cell(report.keyFrameInterval?.roundedMilliseconds),
                    Table.Cell(report.packetsExpected.map(Int64.init)),
                    Table.Cell(report.packetsLost.map(Int64.init)),
                    Table.Cell(report.jitter?.roundedMilliseconds),
                    Table.Cell(report.timestampJumps.map(Int64.init)), Table.Cell(report.audio),
                    Table.Cell(report.cameraClock?.text), Table.Cell(report.container),
                    Table.Cell(report.duration?.roundedMilliseconds),
                    Table.Cell(report.detail == nil ? nil : Self.reason(report)),
                ]
            }
        )
    }

    /// For the terminal: for each stream the verdict, its stages along a time line, and what was measured.
    var text: String { self.reports.map(Self.text).joined(separator: "\n") }

    private static let lineWidth = 40

    private static func text(of report: MediaReport) -> String {
        var heading = "\(report.redactedURL)\n\(Self.words(report.verdict))"
        if let stage = report.failedStage { heading += ", at the stage \(stage.rawValue)" }
        heading += "  ·  \(report.took.roundedMilliseconds) ms"
        if report.detail != nil { heading += "\n\(Self.reason(report))" }
        let stages = report.stages.isEmpty ? "" : Self.timeline(report).text
        let facts = Self.facts(report).map { $0 + "\n" }.joined()
        return heading + "\n" + stages + facts
    }

    /// Why it is as it is, and when it is asked again.
    private static func reason(_ report: MediaReport) -> String {
        let again = report.askedAgain.map { again in
            let seconds = max(1, again.components.seconds)
            return seconds < 120 ? "; again in \(seconds) s" : "; again in \((seconds + 30) / 60) min"
        }
        let mend =
            report.verdict.cause == .certificateInvalid
            ? "; trust its authority with --authorities FILE, or look on with --certificates report_only" : ""
        return (report.detail ?? "") + mend + (again ?? "")
    }

    private static func words(_ verdict: MediaVerdict) -> String {
        let word =
            switch verdict {
            case .up: "在线 up"
            case .abnormal: "异常 abnormal"
            case .down: "离线 down"
            case .unknown: "未知 unknown"
            }
        return word + (verdict.cause.map { ": \($0.rawValue)" } ?? "")
    }

    /// Stages follow each other, so each bar begins where the one before ended.
    private static func timeline(_ report: MediaReport) -> Table {
        let whole = max(report.stages.reduce(Duration.zero) { $0 + $1.took } / .milliseconds(1), 0.001)
        var passed = Duration.zero
        return Table(
            columns: [
                Table.Column("stage", "阶段"), Table.Column("took_ms", "毫秒", isNumeric: true),
                Table.Column("line", "时间线"),
            ],
            rows: report.stages.map { time in
                let start = Int(passed / .milliseconds(1) / whole * Double(Self.lineWidth))
                passed += time.took
                let end = Int(passed / .milliseconds(1) / whole * Double(Self.lineWidth))
                let bar = end > start ? String(repeating: "━", count: end - start) : "│"
                return [
                    .text(time.stage.rawValue), .text(Self.short(time.took / .milliseconds(1))),
                    .text(String(repeating: " ", count: start) + bar),
                ]
            }
        )
    }

    private static func facts(_ report: MediaReport) -> [String] {
        var picture: [String] = []
        if let codec = report.codec {
            picture.append([codec, report.profile].compactMap { $0 }.joined(separator: " "))
        }
        if let width = report.width, let height = report.height { picture.append("\(width)×\(height)") }
        if let fps = report.framesPerSecond { picture.append("\(Self.short(fps)) fps") }
        if let rate = report.kilobitsPerSecond { picture.append("\(Self.short(rate)) kbit/s") }
        if let interval = report.keyFrameInterval {
            picture.append("a key frame every \(interval.roundedMilliseconds) ms")
        }
        if let sizes = report.fluctuation {
            let parts = [("I", sizes.key), ("P", sizes.predicted)].compactMap { name, value in
                value.map { "\(name) \(Self.short($0 * 100)) %" }
            }
            if !parts.isEmpty {
                picture.append("picture sizes above their mean by up to " + parts.joined(separator: ", "))
            }
        }
        var packets: [String] = []
        if let container = report.container { packets.append("in \(container)") }
        if let duration = report.duration { packets.append("\(duration.roundedMilliseconds) ms long") }
        if let transport = report.transport { packets.append("over \(transport.rawValue)") }
        if let expected = report.packetsExpected, let lost = report.packetsLost {
            packets.append("\(lost) of \(expected) packets lost")
        }
        if let jitter = report.jitter { packets.append("jitter \(Self.short(jitter / .milliseconds(1))) ms") }
        if let jumps = report.timestampJumps, jumps > 0 { packets.append("\(jumps) timestamp jumps") }
        if let audio = report.audio { packets.append("audio: \(audio)") }
        if report.certificateVerified == false { packets.append("its certificate does not verify") }
        if let clock = report.cameraClock {
            let side = clock.aheadMilliseconds < 0 ? "behind" : "ahead of"
            packets.append("its clock shows \(clock.text), \(abs(clock.aheadMilliseconds)) ms \(side) ours")
        }
        return [picture, packets].filter { !$0.isEmpty }.map { $0.joined(separator: ", ") }
    }

    /// One decimal where it says something.
    private static func short(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}
