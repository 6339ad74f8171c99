extension Unicode.Scalar {
    /// East Asian wide and full-width characters (UAX #11) take two places where a Latin letter takes one.
    var isWide: Bool {
        switch self.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}

extension String {
    /// Places of its longest line, wide characters counted as two.
    var placeCount: Int {
        var (longest, line) = (0, 0)
        for scalar in self.unicodeScalars {
            if scalar == "\n" || scalar == "\r" {
                line = 0
            } else if !(0x300...0x36F).contains(scalar.value) {
                line += scalar.isWide ? 2 : 1
                longest = max(longest, line)
            }
        }
        return longest
    }
}
