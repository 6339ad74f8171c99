internal import Hummingbird
internal import WaysideCore

/// The parameters of a request, checked before anything is asked (参数校验): an unknown, repeated or malformed one is
/// refused by name.
struct Question {
    private let path: Parameters
    private let query: [String: String]

    /// Reads the query; only these names are known.
    init(_ request: Request, _ context: some RequestContext, known: Set<String> = []) throws {
        var query: [String: String] = [:]
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            guard known.contains(name) else {
                let names = known.sorted().joined(separator: ", ")
                let hint = known.isEmpty ? "none is known here" : "known here: \(names)"
                throw Problem(.badRequest, "unknown parameter; \(hint)", parameter: String(name.prefix(40)))
            }
            guard query[name] == nil else {
                throw Problem(.badRequest, "\(name) is given twice", parameter: name)
            }
            guard let value = Self.decoded(parts.count == 2 ? parts[1] : "") else {
                throw Problem.wrong(name, "percent-encoded UTF-8 (RFC 3986)")
            }
            query[name] = value
        }
        (self.path, self.query) = (context.parameters, query)
    }

    /// A name in the path: 1 to 200 bytes, no control characters.
    func key(_ name: String) throws -> String {
        guard let value = self.path.get(name).flatMap({ Self.decoded($0[...]) }),
            (1...200).contains(value.utf8.count),
            value.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
        else { throw Problem.wrong(name, "1 to 200 bytes of UTF-8 without control characters") }
        return value
    }

    /// A ticket's number in the path.
    func number(_ name: String) throws -> Int64 {
        guard let number = self.path.get(name).flatMap({ Self.whole($0) }), number >= 1 else {
            throw Problem.wrong(name, "a whole number from 1 on")
        }
        return number
    }

    /// A day; `nil` when not given.
    func day() throws -> ServiceDay? {
        guard let text = self.query["day"] else { return nil }
        guard let day = ServiceDay(text) else { throw Problem.wrong("day", "a date such as 2026-03-01") }
        return day
    }

    /// A rule's id; `nil` when not given.
    func rule() throws -> String? {
        guard let text = self.query["rule"] else { return nil }
        let isName = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
        guard isName, (1...100).contains(text.utf8.count) else {
            throw Problem.wrong("rule", "a rule's id: 1 to 100 of A-Z a-z 0-9 - . _")
        }
        return text
    }

    /// One of some words; the first when not given.
    func word(_ name: String, of words: [String]) throws -> String {
        guard let text = self.query[name] else { return words[0] }
        guard words.contains(text) else {
            throw Problem.wrong(name, "one of " + words.joined(separator: ", "))
        }
        return text
    }

    /// An instant; `nil` when not given.
    func instant(_ name: String) throws -> Timestamp? {
        guard let text = self.query[name] else { return nil }
        guard let instant = Timestamp(text) else {
            throw Problem.wrong(name, "RFC 3339 such as 2026-03-01T08:00:00%2B08:00, its + written %2B")
        }
        return instant
    }

    /// Any text of so many bytes at the most; empty when not given.
    func text(_ name: String, atMost limit: Int) throws -> String {
        let text = self.query[name] ?? ""
        guard text.utf8.count <= limit, !text.utf8.contains(0) else {
            throw Problem.wrong(name, "at most \(limit) bytes of UTF-8")
        }
        return text
    }

    /// An event's number; `nil` when not given.
    func sequence(_ name: String) throws -> Int64? {
        try self.query[name].map { try Self.sequence($0, from: name) }
    }

    /// An event's number, from 0 on.
    static func sequence(_ text: String, from name: String) throws -> Int64 {
        guard let number = self.whole(text) else { throw Problem.wrong(name, "a whole number from 0 on") }
        return number
    }

    /// Digits only: no sign, no space.
    private static func whole(_ text: String) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int64(text)
    }

    /// Percent-decoded text; `nil` when it is malformed or no UTF-8.
    static func decoded(_ text: some StringProtocol) -> String? {
        var (bytes, rest): ([UInt8], ArraySlice<UInt8>) = ([], Array(text.utf8)[...])
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(Self.nibble),
                let low = rest.popFirst().flatMap(Self.nibble)
            else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func nibble(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}
