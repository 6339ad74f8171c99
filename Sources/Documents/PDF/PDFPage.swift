/// The sheet of paper: ISO 216 A4. Lengths are points, 1/72 of an inch.
public enum PDFPage: Sendable, Hashable {
    /// Upright.
    case portrait
    /// Lying.
    case landscape

    var width: Double { self == .portrait ? 595.28 : 841.89 }
    var height: Double { self == .portrait ? 841.89 : 595.28 }

    var left: Double { 46 }
    var right: Double { self.width - 46 }
    var contentWidth: Double { self.right - self.left }
    /// Where contents begin: the first page has no running head.
    func top(ofPage index: Int) -> Double { index == 0 ? 48 : 64 }
    var bottom: Double { self.height - 58 }
}
