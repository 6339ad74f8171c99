@testable import MediaProbe

/// Values of AMF0, as commands of RTMP and scripts of FLV hold them. The first byte says whether what is cut off is
/// given as far as it goes.
struct ScriptReading: UntrustedReading {
    private let content: [UInt8]
    private let values: [AMF0]

    var understoodCount: Int { self.values.count }

    /// The smallest value takes a byte of the input, and in memory its place in a list and its name.
    static func mostBytesHeld(for count: Int) -> Int { 65_536 + 256 * count }

    init(_ bytes: [UInt8]) {
        var cutter = InputCutter(bytes)
        let isLenient = cutter.byte() & 1 == 1
        self.content = cutter.rest()
        var reader = AMF0Reader(self.content, isLenient: isLenient)
        var values: [AMF0] = []
        // What cannot be read ends it; what was read before stays.
        while let value = try? reader.next() { values.append(value) }
        self.values = values
    }

    func brokenProperty() -> String? {
        guard self.values.reduce(0, { $0 + Self.count($1) }) <= 1_024 else {
            return "more values than may be"
        }
        guard self.values.allSatisfy({ Self.depth($0) <= 10 }) else { return "nested too deeply" }
        let written = self.values.flatMap(\.bytes)
        var reader = AMF0Reader(written)
        for value in self.values {
            guard let again = try? reader.next() else { return "a value written anew cannot be read" }
            guard Self.isSame(again, value) else { return "a value written anew is another one" }
        }
        return nil
    }

    private static func count(_ value: AMF0) -> Int {
        guard case .object(let members) = value else { return 1 }
        return members.reduce(1) { $0 + self.count($1.value) }
    }

    private static func depth(_ value: AMF0) -> Int {
        guard case .object(let members) = value else { return 1 }
        return 1 + (members.map { self.depth($0.value) }.max() ?? 0)
    }

    /// Equal, where a number that is none equals the one with the same bits, and texts are cut where they are written.
    private static func isSame(_ one: AMF0, _ other: AMF0) -> Bool {
        switch (one, other) {
        case (.number(let one), .number(let other)): one.bitPattern == other.bitPattern
        case (.object(let one), .object(let other)):
            one.count == other.count
                && zip(one, other).allSatisfy { $0.name == $1.name && self.isSame($0.value, $1.value) }
        default: one == other
        }
    }
}
