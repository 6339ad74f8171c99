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
        writer.element(kind.rawValue) { pdu in
            pdu.element(BERTag.sequence) { list in
                for object in objects.reversed() {
                    list.element(BERTag.sequence) { pair in
                        pair.null()
                        pair.name(object)
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
    }
}

extension PollTemplate {
    /// The first name in an answer that this question did not ask for; `nil` when there is none, and for
    /// walks, whose answers name what the agent likes.
    func unasked(in varBinds: [VarBind]) -> OID? {
        guard self.kind == .get else { return nil }
        for (index, varBind) in varBinds.enumerated() {
            // Nearly always the agent keeps the order; only then is the search worth avoiding.
            if index < self.objects.count, self.objects[index] == varBind.name { continue }
            if !self.objects.contains(varBind.name) { return varBind.name }
        }
        return nil
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
