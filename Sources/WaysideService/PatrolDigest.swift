/// Makes at most one log line a second of a flood of equal complaints (日志摘要).
struct PatrolDigest {
    private var next: [String: Int64] = [:]
    private var count: [String: Int] = [:]
    private static let intervalMilliseconds: Int64 = 1_000
    private static let subjectLimit = 64

    /// How many complaints of that subject the line stands for that may be logged now; `nil` when one has just been.
    mutating func note(_ subject: String, elapsedMilliseconds now: Int64) -> Int? {
        if self.next.count > Self.subjectLimit { self.next.removeAll() }
        self.count[subject, default: 0] += 1
        guard now >= self.next[subject] ?? .min else { return nil }
        self.next[subject] = now + Self.intervalMilliseconds
        return self.count.removeValue(forKey: subject)
    }
}
