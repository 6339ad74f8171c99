/// What is not the protocol that was agreed on, or too much of it.
struct StreamSyntaxError: Error, Equatable {
    /// What came instead, one short phrase of our own words.
    let reason: String

    init(_ reason: String) { self.reason = reason }
}
