public import WaysideCore

/// A worked example of a rate rule (口径算例): a small inventory, what was observed, and what must come out.
public struct RateVector: Sendable {
    /// What must come out for one device, or for the group of all.
    public struct Expectation: Sendable {
        /// Whose figures are meant.
        public enum Subject: Hashable, Sendable {
            /// The device with that key.
            case device(String)
            /// The group `all`.
            case all
        }

        /// Whose figures are meant.
        public var subject: Subject
        /// The milliseconds of each class, of which those not listed are 0; `nil` when they are not looked at.
        public var milliseconds: [TimeClass: Int64]?
        /// The assessed rate as it prints; `nil` when it is not looked at.
        public var assessed: String?
        /// The raw rate as it prints; `nil` when it is not looked at.
        public var raw: String?
        /// The coverage as it prints; `nil` when it is not looked at.
        public var coverage: String?
        /// Whether it is assessable; `nil` when it is not looked at.
        public var isAssessable: Bool?
        /// The line where it stands, from 1.
        public var line: Int
    }

    /// What it shows.
    public var name: String
    /// The line where it begins, from 1.
    public var line: Int
    /// The day that is assessed.
    public var day: ServiceDay
    /// What is known later does not count; `nil` for the end of time.
    public var asKnownAt: Timestamp?
    /// The devices and organizations.
    public var inventory: Inventory
    /// What was observed, strips included, in the order of the file.
    public var observations: [Observation]
    /// What turned out to be our own fault.
    public var voids: [VoidRecord]
    /// The exemptions.
    public var exemptions: [Exemption]
    /// What must come out.
    public var expectations: [Expectation]
}

/// A time line as film (胶片): `u` up, `a` abnormal, `d` down, `?` an unknown outcome, `.` nothing, each with an
/// optional count, blanks between them as one likes: `"u602 d72 u772"`.
struct Film {
    /// One step after the other; `nil` where nothing was observed.
    let frames: [Outcome?]

    /// A film may not have more frames.
    static let longest = 1_000_000

    /// Reads a film; `nil` when it holds anything else, or too much.
    init?(_ text: String) {
        var frames: [Outcome?] = []
        var rest = Array(text.utf8)[...]
        while let symbol = rest.popFirst() {
            let outcome: Outcome?
            switch symbol {
            case UInt8(ascii: "u"): outcome = .up
            case UInt8(ascii: "a"): outcome = .abnormal
            case UInt8(ascii: "d"): outcome = .down
            case UInt8(ascii: "?"): outcome = .unknown
            case UInt8(ascii: "."): outcome = nil
            case 0x20, 0x09, 0x0A: continue
            default: return nil
            }
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest.dropFirst(digits.count)
            guard digits.count <= 7 else { return nil }
            let count = digits.isEmpty ? 1 : digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard frames.count + count <= Self.longest else { return nil }
            frames += [Outcome?](repeating: outcome, count: count)
        }
        self.frames = frames
    }
}
