internal import Glibc

/// The character map of a font (OpenType 1.9, `cmap`): just enough to say whether it knows a character.
struct FontFile: ~Copyable {
    private let descriptor: Int32
    /// Where the character map begins.
    private var map = 0

    /// Opens the file, of a collection its first font; `nil` when it is no font with a character map.
    init?(_ path: String) {
        self.descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard self.descriptor >= 0 else { return nil }
        var start = 0
        // `ttcf`: a collection.
        if self.number(at: 0, bytes: 4) == 0x7474_6366 { start = self.number(at: 12, bytes: 4) ?? 0 }
        let tableCount = self.number(at: start + 4, bytes: 2) ?? 0
        for index in 0..<min(tableCount, 256) {
            let record = start + 12 + index * 16
            // `cmap`.
            guard self.number(at: record, bytes: 4) == 0x636D_6170 else { continue }
            self.map = self.number(at: record + 8, bytes: 4) ?? 0
        }
        guard self.map > 0 else { return nil }
    }

    deinit {
        guard self.descriptor >= 0 else { return }
        close(self.descriptor)
    }

    /// Whether it knows all these characters of the Basic Multilingual Plane.
    borrowing func hasGlyphs(for characters: [UInt32]) -> Bool {
        let count = self.number(at: self.map + 2, bytes: 2) ?? 0
        for index in 0..<min(count, 64) {
            guard let offset = self.number(at: self.map + 4 + index * 8 + 4, bytes: 4) else { return false }
            let table = self.map + offset
            let knows: Bool
            switch self.number(at: table, bytes: 2) {
            case 4: knows = characters.allSatisfy { self.isMapped(Int($0), bySegmentsAt: table) }
            case 12: knows = characters.allSatisfy { self.isMapped(Int($0), byGroupsAt: table) }
            default: knows = false
            }
            if knows { return true }
        }
        return false
    }

    /// Format 4: segments sorted by their last character.
    private borrowing func isMapped(_ character: Int, bySegmentsAt table: Int) -> Bool {
        guard let doubled = self.number(at: table + 6, bytes: 2) else { return false }
        let ends = table + 14
        guard
            let index = self.firstIndex(
                below: doubled / 2,
                { self.number(at: ends + $0 * 2, bytes: 2) ?? 0 >= character }
            )
        else { return false }
        guard let start = self.number(at: ends + doubled + 2 + index * 2, bytes: 2), start <= character,
            let delta = self.number(at: ends + 2 * doubled + 2 + index * 2, bytes: 2)
        else { return false }
        let place = ends + 3 * doubled + 2 + index * 2
        guard let offset = self.number(at: place, bytes: 2), offset != 0 else {
            return (character + delta) & 0xFFFF != 0
        }
        return self.number(at: place + offset + (character - start) * 2, bytes: 2) ?? 0 != 0
    }

    /// Format 12: groups of neighbouring characters, sorted.
    private borrowing func isMapped(_ character: Int, byGroupsAt table: Int) -> Bool {
        guard let count = self.number(at: table + 12, bytes: 4) else { return false }
        func group(_ index: Int) -> Int { table + 16 + index * 12 }
        guard
            let index = self.firstIndex(
                below: count,
                { self.number(at: group($0) + 4, bytes: 4) ?? 0 >= character }
            ),
            let start = self.number(at: group(index), bytes: 4)
        else { return false }
        return start <= character
    }

    /// The first index for which it is true, where it is false before and true after.
    private borrowing func firstIndex(below count: Int, _ isReached: (Int) -> Bool) -> Int? {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isReached(middle) { high = middle } else { low = middle + 1 }
        }
        return low < count ? low : nil
    }

    /// A whole number, most significant byte first; `nil` past the file's end.
    private borrowing func number(at offset: Int, bytes count: Int) -> Int? {
        var bytes = [UInt8](repeating: 0, count: count)
        guard pread(self.descriptor, &bytes, count, off_t(offset)) == count else { return nil }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
