/// Finds what somebody meant who wrote something else.
public enum Spelling {
    /// The known word that is the fewest edits (Levenshtein, with swaps) away from the given one, the first of equals;
    /// `nil` when nothing is known.
    public static func nearest(to word: String, among known: some Sequence<String>) -> String? {
        let lowered = Array(word.lowercased().unicodeScalars.prefix(Self.longestWord))
        var best: (word: String, distance: Int)?
        for candidate in known {
            let distance = Self.distance(lowered, Array(candidate.lowercased().unicodeScalars))
            if best.map({ distance < $0.distance }) ?? true { best = (candidate, distance) }
        }
        return best?.word
    }

    /// The nearest known word, if it is so near that the given one is most likely a slip of the finger: at most
    /// a third of its letters are wrong.
    static func likely(_ word: String, among known: some Sequence<String>) -> String? {
        guard let candidate = self.nearest(to: word, among: known) else { return nil }
        let distance = self.distance(
            Array(word.lowercased().unicodeScalars.prefix(Self.longestWord)),
            Array(candidate.lowercased().unicodeScalars)
        )
        return distance * 3 <= candidate.unicodeScalars.count ? candidate : nil
    }

    /// Insertions, deletions, replacements and swaps of neighbours from one word to the other. A word that is the
    /// beginning of the other is never farther than two.
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        var (before, previous): ([Int], [Int]) = ([], Array(0...right.count))
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replaced = previous[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(replaced, previous[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, before[column - 1] + 1)
                }
                current.append(best)
            }
            (before, previous) = (previous, current)
        }
        let isBeginning = left.count >= 3 && right.starts(with: left)
        return isBeginning ? min(previous[right.count], 2) : previous[right.count]
    }

    /// "A, B or C".
    public static func list(_ words: [String], or: String = "or") -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
        return words.dropLast().joined(separator: ", ") + " \(or) " + last
    }

    /// What is compared of a word; the rest of a longer one cannot bring it nearer.
    private static let longestWord = 64
}
