/// A value of Adobe's Action Message Format 0, as RTMP's commands and FLV's scripts carry it.
enum AMF0: Equatable {
    case number(Double)
    case boolean(Bool)
    case text(String)
    /// Names in the order in which they came.
    case object([Member])
    case null

    /// A name and its value.
    struct Member: Equatable {
        let name: String
        let value: AMF0

        init(_ name: String, _ value: AMF0) { (self.name, self.value) = (name, value) }
    }

    /// The value of that name, of an object.
    subscript(name: String) -> AMF0? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var number: Double? {
        guard case .number(let number) = self else { return nil }
        return number
    }

    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    /// As it goes over the wire; texts and names are cut at 65 535 bytes.
    var bytes: [UInt8] {
        switch self {
        case .number(let number): [0] + Self.eight(number.bitPattern)
        case .boolean(let flag): [1, flag ? 1 : 0]
        case .text(let text): [2] + Self.counted(text)
        case .object(let members):
            [3] + members.flatMap { Self.counted($0.name) + $0.value.bytes } + [0, 0, 9]
        case .null: [5]
        }
    }

    private static func eight(_ word: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }
    }

    private static func counted(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8.prefix(65_535))
        return [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
    }
}

/// Reads values one after the other; bounded in depth and number.
struct AMF0Reader {
    private let bytes: [UInt8]
    private let isLenient: Bool
    private var place = 0
    /// Values that may still be read, those inside of others counted.
    private var budget = 1_024

    /// A lenient one gives an object that is cut off, or holds too much, as far as it was read.
    init(_ bytes: [UInt8], isLenient: Bool = false) { (self.bytes, self.isLenient) = (bytes, isLenient) }

    /// The next value; nil at the end.
    ///
    /// - Throws: For what is no such value, is cut off, nests deeper than 8 or holds more than 1 024.
    mutating func next() throws(StreamSyntaxError) -> AMF0? {
        self.place < self.bytes.count ? try self.value(depth: 0) : nil
    }

    private mutating func value(depth: Int) throws(StreamSyntaxError) -> AMF0 {
        self.budget -= 1
        guard depth <= 8, self.budget >= 0 else { throw StreamSyntaxError("too much in a command") }
        switch try self.integer(1) {
        case 0: return .number(Double(bitPattern: UInt64(try self.integer(8))))
        case 1: return .boolean(try self.integer(1) != 0)
        case 2: return .text(try self.string(width: 2))
        case 3: return .object(try self.members(depth: depth))
        case 5, 6, 13: return .null
        case 7:
            try self.skip(2)
            return .null
        case 8:
            try self.skip(4)
            return .object(try self.members(depth: depth))
        case 10:
            let count = Int(try self.integer(4))
            var members: [AMF0.Member] = []
            for index in 0..<count {
                members.append(AMF0.Member("\(index)", try self.value(depth: depth + 1)))
            }
            return .object(members)
        case 11:
            let date = Double(bitPattern: UInt64(try self.integer(8)))
            try self.skip(2)
            return .number(date)
        case 12, 15: return .text(try self.string(width: 4))
        case 16:
            _ = try self.string(width: 2)
            return .object(try self.members(depth: depth))
        default: throw StreamSyntaxError("not a command's value")
        }
    }

    private mutating func members(depth: Int) throws(StreamSyntaxError) -> [AMF0.Member] {
        var members: [AMF0.Member] = []
        do throws(StreamSyntaxError) {
            // Some writers leave the end mark out where the message ends.
            while self.place < self.bytes.count {
                let name = try self.string(width: 2)
                if name.isEmpty, self.place < self.bytes.count, self.bytes[self.place] == 9 {
                    self.place += 1
                    return members
                }
                members.append(AMF0.Member(name, try self.value(depth: depth + 1)))
            }
        } catch {
            guard self.isLenient else { throw error }
            self.place = self.bytes.count
        }
        return members
    }

    private mutating func integer(_ width: Int) throws(StreamSyntaxError) -> UInt64 {
        guard self.bytes.count - self.place >= width else { throw StreamSyntaxError("a command is cut off") }
        var value: UInt64 = 0
        for offset in 0..<width { value = value << 8 | UInt64(self.bytes[self.place + offset]) }
        self.place += width
        return value
    }

    private mutating func skip(_ count: Int) throws(StreamSyntaxError) { _ = try self.integer(count) }

    private mutating func string(width: Int) throws(StreamSyntaxError) -> String {
        let length = Int(try self.integer(width))
        guard self.bytes.count - self.place >= length else { throw StreamSyntaxError("a command is cut off") }
        let range = self.place..<(self.place + length)
        self.place += length
        return String(decoding: self.bytes[range], as: UTF8.self)
    }
}
