public import WaysideCore

/// A time line as a strip of film: `u` up, `a` abnormal, `d` down, `?` unknown, `.` nothing; a frame every `every`.
public struct Strip: Sendable {
    /// The instant of the first frame.
    public let start: Timestamp
    /// From frame to frame, in milliseconds.
    public let every: Int64
    /// What is on each frame; `nil` where there is none.
    public let frames: [Outcome?]

    /// The strip of these symbols.
    public init(_ symbols: String, from start: Timestamp = Timestamp(milliseconds: 0), every: Int64 = 60_000)
    {
        self.start = start
        self.every = every
        self.frames = symbols.filter { $0 != " " }.map { symbol in
            switch symbol {
            case "u": .up
            case "a": .abnormal
            case "d": .down
            case "?": .unknown
            default: nil
            }
        }
    }

    /// The frames with their instants.
    public var observations: [(at: Timestamp, outcome: Outcome)] {
        self.frames.enumerated().compactMap { index, outcome in
            outcome.map { (self.start + Int64(index) * self.every, $0) }
        }
    }
}
