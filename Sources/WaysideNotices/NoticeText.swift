public import WaysideCore

/// What a notice says to a person (通知正文): which device, where, why, since when, who must act, until when.
///
/// Made of the notice alone, so that a retry says the same; lengths of time are counted to the moment the
/// notice was written.
public struct NoticeText: Hashable, Sendable {
    /// One line, fit for a subject or a push message.
    public let title: String
    /// One fact a line, in the order a reader asks for them.
    public let lines: [String]

    /// Longest name taken from the inventory, in characters; the rest is cut.
    static let longestName = 60

    /// The notice in words.
    public init(_ notice: Notice, in language: NoticeLanguage) {
        let writer = Writer(notice: notice, language: language)
        self.title = writer.title
        self.lines = writer.lines
    }

    /// The lines, each ended by a line feed.
    public var body: String { self.lines.map { $0 + "\n" }.joined() }
}

private struct Writer {
    let notice: Notice
    let language: NoticeLanguage

    private var facts: NoticeFacts { self.notice.facts }
    private var device: DeviceFacts { self.notice.facts.device }
    private var terms: NoticeTerms { NoticeTerms(language: self.language) }

    private func word(_ chinese: @autoclosure () -> String, _ english: @autoclosure () -> String) -> String {
        switch self.language {
        case .chinese: chinese()
        case .english: english()
        }
    }

    var title: String {
        let what = self.terms.title(self.notice.kind)
        let head = self.word(
            "【工单 \(self.notice.ticketNumber)】\(what):",
            "[Ticket \(self.notice.ticketNumber)] \(what): "
        )
        let cause =
            self.facts.cause.map { self.word("(\(self.terms.term($0)))", " (\(self.terms.term($0)))") } ?? ""
        let place = [self.mark, self.direction].compactMap { $0 }.joined(separator: " ")
        return head + [place, self.name].filter { !$0.isEmpty }.joined(separator: " ") + cause
    }

    var lines: [String] {
        var lines = [
            self.line("工单", "Ticket", "\(self.notice.ticketNumber) \(self.terms.title(self.notice.kind))"),
            self.line("设备", "Device", "\(self.name) [\(Self.clean(self.device.key))]"),
        ]
        if let place = self.place { lines.append(self.line("位置", "Place", place)) }
        if let organization = self.device.organizationName {
            lines.append(self.line("所属单位", "Owner", Self.clean(organization)))
        }
        if !self.facts.facets.isEmpty {
            lines.append(self.line("故障项", "Fails in", self.list(self.facts.facets.map(self.terms.term))))
        }
        lines.append(
            self.line("原因", "Cause", self.facts.cause.map(self.terms.term) ?? self.word("未明", "not known"))
        )
        lines.append(self.line("开始时间", "Since", self.clock(self.facts.since)))
        if self.facts.affectedCount > 0 { lines.append(self.line("影响", "Affects", self.affected)) }
        lines += self.isOver ? self.endLines : self.dutyLines
        if self.facts.repeatCount > 0 {
            let count = self.facts.repeatCount
            let english = count == 1 ? "once" : "\(count) times"
            lines.append(self.line("重复故障", "Came back", self.word("已重复 \(count) 次", english)))
        }
        return lines
    }

    // MARK: - Who must act, until when; how it ended

    private var isOver: Bool { self.notice.kind == .closed || self.notice.kind == .merged }

    private var dutyLines: [String] {
        var lines = [
            self.line(
                "责任单位",
                "To act",
                self.device.maintainer.map { Self.clean($0.name) } ?? self.word("未指定", "nobody is named")
            )
        ]
        if let repairBy = self.facts.repairBy {
            let left = repairBy - self.notice.createdAt
            let remark =
                left > 0
                ? self.word("(剩余\(self.length(left)))", " (\(self.length(left)) left)")
                : self.word("(已超\(self.length(-left)))", " (over by \(self.length(-left)))")
            lines.append(self.line("修复时限", "Until", self.clock(repairBy) + remark))
        } else {
            lines.append(self.line("修复时限", "Until", self.word("未起算或已暂停", "not running")))
        }
        if let reason = self.facts.reason { lines.append(self.line("说明", "Remark", self.terms.term(reason))) }
        return lines
    }

    private var endLines: [String] {
        var lines: [String] = []
        if let target = self.facts.mergedInto {
            lines.append(self.line("并入工单", "Merged into", self.word("\(target)", "ticket \(target)")))
        }
        if let end = self.facts.closedAt {
            let length = self.length(max(0, end - self.facts.since))
            lines.append(
                self.line(
                    self.notice.kind == .closed ? "销单时间" : "归并时间",
                    self.notice.kind == .closed ? "Closed at" : "Merged at",
                    self.clock(end) + self.word("(历时\(length))", " (after \(length))")
                )
            )
        }
        if let reason = self.facts.reason {
            lines.append(self.line("结果", "Outcome", self.terms.term(reason)))
        }
        return lines
    }

    // MARK: - Parts

    private func line(_ chinese: String, _ english: String, _ value: String) -> String {
        self.word("\(chinese):\(value)", "\(english): \(value)")
    }

    private var name: String {
        let kind = self.terms.term(self.device.kind)
        return self.word(
            "\(kind)“\(Self.clean(self.device.name))”",
            "\(kind) “\(Self.clean(self.device.name))”"
        )
    }

    private var mark: String? { self.device.stakeMark.map(\.description) }
    private var direction: String? { self.device.direction.map(self.terms.term) }

    private var place: String? {
        let roads = self.device.roads.map(Self.clean).joined(separator: "/")
        let parts = [
            roads.isEmpty ? nil : roads, self.mark, self.direction,
            self.terms.position(self.device.positionClass),
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: " ")
    }

    private var affected: String {
        let count = self.facts.affectedCount
        let names = self.list(self.facts.affectedNames.map(Self.clean))
        let isCut = count > self.facts.affectedNames.count
        let chinese = "另有 \(count) 台设备" + (names.isEmpty ? "" : ":" + names + (isCut ? "等" : ""))
        let english =
            "\(count) more device\(count == 1 ? "" : "s")"
            + (names.isEmpty ? "" : ": " + names + (isCut ? " and others" : ""))
        return self.word(chinese, english)
    }

    private func list(_ words: [String]) -> String { words.joined(separator: self.word("、", ", ")) }

    /// To the second, in the offset of the service day, which English readers are told.
    private func clock(_ instant: Timestamp) -> String {
        let text = instant.text
        let seconds = text.prefix(19).split(separator: "T").joined(separator: " ")
        return seconds + self.word("", " +08:00")
    }

    /// Cut to whole minutes.
    private func length(_ milliseconds: Int64) -> String {
        let minutes = milliseconds / 60_000
        guard minutes > 0 else { return self.word("不足1分钟", "under 1 min") }
        let parts = [
            (minutes / 1_440, self.word("天", " d")), (minutes / 60 % 24, self.word("小时", " h")),
            (minutes % 60, self.word("分钟", " min")),
        ]
        return parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined(separator: self.word("", " "))
    }

    /// A name from the inventory, without what would break a line and not endlessly long.
    private static func clean(_ name: String) -> String {
        let scalars = name.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: " "
            default: scalar
            }
        }
        let text = String(String.UnicodeScalarView(scalars))
        return text.count <= NoticeText.longestName
            ? text : String(text.prefix(NoticeText.longestName - 1)) + "…"
    }
}
