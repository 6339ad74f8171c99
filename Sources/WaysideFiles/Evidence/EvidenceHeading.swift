public import WaysideCore

/// What stands at the top of an evidence file (证据文件): which report it proves, and the hashes it must come to.
public struct EvidenceHeading: Hashable, Sendable {
    /// The report's id.
    public var report: String
    /// Which revision; 1 or more.
    public var revision: Int
    /// Which period.
    public var period: ServicePeriod
    /// Its days that are in the figures, rising.
    public var days: [ServiceDay]
    /// The organization's key; `nil` for the whole population of the rule.
    public var organization: String?
    /// What was known later does not count.
    public var cutOffAt: Timestamp
    /// When it was published.
    public var publishedAt: Timestamp
    /// By whom.
    public var publishedBy: String
    /// Why there is this revision; `nil` for the first.
    public var reason: String?
    /// SHA-256 of every line after this one, in hexadecimal.
    public var inputsSHA256: String
    /// SHA-256 of the figures as compact JSON, in hexadecimal.
    public var figuresSHA256: String

    /// A heading.
    public init(
        report: String,
        revision: Int,
        period: ServicePeriod,
        days: [ServiceDay],
        organization: String?,
        cutOffAt: Timestamp,
        publishedAt: Timestamp,
        publishedBy: String,
        reason: String?,
        inputsSHA256: String,
        figuresSHA256: String
    ) {
        (self.report, self.revision, self.period, self.days) = (report, revision, period, days)
        (self.organization, self.cutOffAt) = (organization, cutOffAt)
        (self.publishedAt, self.publishedBy, self.reason) = (publishedAt, publishedBy, reason)
        (self.inputsSHA256, self.figuresSHA256) = (inputsSHA256, figuresSHA256)
    }

    /// The form that is written; read back only if it is the same.
    static let format = "wayside-evidence-1"

    /// One line with its line feed.
    public var line: [UInt8] {
        var line = Array("{\"format\":\"\(Self.format)\"".utf8)
        ObservationLineWriter.append("report", self.report, to: &line)
        line += Array(",\"revision\":\(self.revision)".utf8)
        ObservationLineWriter.append("period", self.period.kind.rawValue, to: &line)
        ObservationLineWriter.append("first_day", self.period.first.description, to: &line)
        ObservationLineWriter.append("days", self.days.map(\.description), to: &line)
        ObservationLineWriter.append("organization", self.organization, to: &line)
        ObservationLineWriter.append("cut_off_at", self.cutOffAt.text, to: &line)
        ObservationLineWriter.append("published_at", self.publishedAt.text, to: &line)
        ObservationLineWriter.append("published_by", self.publishedBy, to: &line)
        ObservationLineWriter.append("reason", self.reason, to: &line)
        ObservationLineWriter.append("inputs_sha256", self.inputsSHA256, to: &line)
        ObservationLineWriter.append("figures_sha256", self.figuresSHA256, to: &line)
        return line + Array("}\n".utf8)
    }

    init(_ record: JSONRecord) throws(JSONFault) {
        let mend = "take the file as `wayside report evidence` wrote it"
        guard try record.text("format") == Self.format else {
            throw JSONFault(wrong: "this is no evidence file of the form \(Self.format)", mend: mend)
        }
        guard let word = try record.text("period"), let kind = ServicePeriod.Kind(rawValue: word),
            let first = try record.text("first_day").flatMap({ ServiceDay($0) }),
            let cutOffAt = try record.time("cut_off_at"), let publishedAt = try record.time("published_at"),
            case .number(let number)? = record.value("revision"), let revision = Int(number)
        else { throw JSONFault(wrong: "the heading is not whole", mend: mend) }
        var days: [ServiceDay] = []
        for text in try record.texts("days") ?? [] {
            guard let day = ServiceDay(text) else {
                throw JSONFault(wrong: "\(quoted(text)) is no day", mend: mend)
            }
            days.append(day)
        }
        self.init(
            report: try record.required("report", mend),
            revision: revision,
            period: ServicePeriod(kind, containing: first),
            days: days,
            organization: try record.text("organization"),
            cutOffAt: cutOffAt,
            publishedAt: publishedAt,
            publishedBy: try record.required("published_by", mend),
            reason: try record.text("reason"),
            inputsSHA256: try record.required("inputs_sha256", mend),
            figuresSHA256: try record.required("figures_sha256", mend)
        )
    }
}
