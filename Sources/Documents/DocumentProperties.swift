/// What a document says about itself.
public struct DocumentProperties: Hashable, Sendable {
    /// The title; at most 255 characters are kept by a workbook.
    public var title: String
    /// Who made it; may be empty.
    public var author: String
    /// What it is about; may be empty.
    public var subject: String
    /// When it was made, in seconds after 1970-01-01 00:00:00 UTC. Never the clock: the same facts make the same
    /// document. From 1, because a workbook takes 0 for "now", to the end of the year 9999.
    public var createdAtSeconds: Int64

    /// Properties.
    public init(title: String, author: String = "", subject: String = "", createdAtSeconds: Int64) {
        precondition((1...253_402_300_799).contains(createdAtSeconds), "a creation is within 1970...9999")
        (self.title, self.author, self.subject) = (title, author, subject)
        self.createdAtSeconds = createdAtSeconds
    }

    /// `2026-07-01T00:05:00Z`.
    var createdText: String {
        let time = CivilTime(secondsSince1970: self.createdAtSeconds)
        return "\(time.dayText)T\(time.timeText)Z"
    }
}
