/// A colour, by its red, green and blue in hexadecimal.
struct Ink: Hashable {
    let (red, green, blue): (Double, Double, Double)

    init(_ hexadecimal: UInt32) {
        self.red = Double(hexadecimal >> 16 & 255) / 255
        self.green = Double(hexadecimal >> 8 & 255) / 255
        self.blue = Double(hexadecimal & 255) / 255
    }

    static let text = Ink(0x1E2732)
    static let accent = Ink(0x1F3A5F)
    static let quiet = Ink(0x5B6673)
    static let rule = Ink(0xDDE3EA)
    static let strongRule = Ink(0x8FA1B5)
    static let headingFill = Ink(0xE6EDF5)
    static let stripe = Ink(0xF7F9FB)
    static let totalFill = Ink(0xF0F4F8)
    static let warning = Ink(0xB5371F)
    static let bar = Ink(0x2F6DA8)

    /// Told apart in colour, and by most of those who see fewer; dashes tell them apart in black and white.
    static let series = [0x2F6DA8, 0xC9601A, 0x2E8B6B, 0x8A5AA8, 0xA8892B, 0x5B6673].map { Ink($0) }
}
