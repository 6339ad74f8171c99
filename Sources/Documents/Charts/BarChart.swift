/// Lying bars under one another, each with its name before it and its figure behind it.
public struct BarChart: Sendable, Hashable {
    /// One bar.
    public struct Bar: Sendable, Hashable {
        /// What it stands for.
        public var label: String
        /// How long it is, never negative; `nil` for no bar.
        public var value: Double?
        /// The figure behind it, as printed.
        public var text: String
        /// Whether it stands out: below what is asked, say.
        public var isEmphasized: Bool

        /// A bar.
        public init(_ label: String, _ value: Double?, text: String, isEmphasized: Bool = false) {
            (self.label, self.value, self.text) = (label, value, text)
            self.isEmphasized = isEmphasized
        }
    }

    /// What is shown; may be empty.
    public var title: String
    /// The bars, from above.
    public var bars: [Bar]
    /// The value of a bar over the whole width; `nil` for the greatest of them.
    public var fullValue: Double?

    /// A chart.
    public init(title: String = "", bars: [Bar], fullValue: Double? = nil) {
        (self.title, self.bars, self.fullValue) = (title, bars, fullValue)
    }
}
