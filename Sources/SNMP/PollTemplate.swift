/// A question encoded once and asked of many agents many times: per request only the community is put
/// before it and the request-id into it.
///
/// It may be sent to agents of any version that knows its kind; GETBULK does not exist in v1.
public struct PollTemplate: Sendable, Hashable {
    /// The most objects one question may name.
    public static let mostObjects = 256

    /// The objects named, in the order asked.
    public let objects: [OID]
    let kind: RequestKind
    let pdu: [UInt8]
    let requestIDOffset: Int
    /// Where the content of each name lies in `pdu`.
    private let nameRanges: [Range<Int32>]

    /// Asks for exactly these objects (GET, RFC 3416 §4.2.1). Throws unless there are 1 to `mostObjects`.
    public static func get(_ objects: [OID]) throws(SNMPError) -> PollTemplate {
        try PollTemplate(.get, objects, nonRepeaters: 0, repetitions: 0)
    }

    /// Asks for the first object after each of these (GETNEXT, §4.2.2). Throws unless there are 1 to
    /// `mostObjects`.
    public static func getNext(_ objects: [OID]) throws(SNMPError) -> PollTemplate {
        try PollTemplate(.getNext, objects, nonRepeaters: 0, repetitions: 0)
    }

    /// Asks for the object after each of `scalars` and up to `repetitions` (1 to 1 000) after each of
    /// `columns` (GETBULK, §4.2.3). Throws unless there are 1 to `mostObjects` of both together.
    public static func getBulk(
        _ columns: [OID],
        after scalars: [OID] = [],
        repetitions: Int
    ) throws(SNMPError) -> PollTemplate {
        guard (1...1_000).contains(repetitions) else {
            throw SNMPError(.encode, "GETBULK", "repetitions of \(repetitions), allowed are 1 to 1000")
        }
        return try PollTemplate(
            .getBulk,
            scalars + columns,
            nonRepeaters: scalars.count,
            repetitions: repetitions
        )
    }

    private init(
        _ kind: RequestKind,
        _ objects: [OID],
        nonRepeaters: Int,
        repetitions: Int
    ) throws(SNMPError) {
        guard (1...Self.mostObjects).contains(objects.count) else {
            throw SNMPError(
                .encode,
                "\(kind)",
                "\(objects.count) objects, allowed are 1 to \(Self.mostObjects)"
            )
        }
        self.init(encoding: kind, objects, nonRepeaters: nonRepeaters, repetitions: repetitions)
    }

    private init(encoding kind: RequestKind, _ objects: [OID], nonRepeaters: Int, repetitions: Int) {
        var writer = BERWriter()
        var afterRequestID = 0
        // Counted from the end, while the bytes before are not there yet.
        var namesFromEnd: [Range<Int>] = []
        writer.element(kind.rawValue) { pdu in
            pdu.element(BERTag.sequence) { list in
                for object in objects.reversed() {
                    list.element(BERTag.sequence) { pair in
                        pair.null()
                        let before = pair.count
                        pair.nameContent(object)
                        namesFromEnd.append(before..<pair.count)
                        pair.close(BERTag.oid, since: before)
                    }
                }
            }
            pdu.integer(Int64(repetitions))
            pdu.integer(Int64(nonRepeaters))
            afterRequestID = pdu.count
            pdu.fixedInteger(0)
        }
        self.kind = kind
        self.objects = objects
        self.pdu = writer.bytes
        self.requestIDOffset = writer.count - afterRequestID - 4
        let whole = writer.count
        self.nameRanges = namesFromEnd.reversed().map {
            Int32(whole - $0.upperBound)..<Int32(whole - $0.lowerBound)
        }
    }
}

extension PollTemplate {
    /// Says whether a name in an answer is, byte for byte, the one that was asked for in that place.
    func names(_ name: BERReader, at index: Int, in bytes: RawSpan) -> Bool {
        let range = self.nameRanges[index]
        return name.rest == range.count
            && name.equals(self.pdu.span.bytes, from: Int(range.lowerBound), in: bytes)
    }
}

extension PollTemplate {
    /// One step of a walk: a single name always fits, so this cannot fail.
    static func next(_ name: OID, _ repetitions: Int) -> PollTemplate {
        PollTemplate(
            encoding: repetitions > 1 ? .getBulk : .getNext,
            [name],
            nonRepeaters: 0,
            repetitions: repetitions > 1 ? repetitions : 0
        )
    }
}
