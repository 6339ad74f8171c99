@testable import SNMP

/// The bindings of an answer as a round reads them, in the datagram itself, and put into the order of what was asked.
/// The first byte says what was asked; the rest is the datagram.
struct ValueListReading: UntrustedMessage {
    /// The questions, from a common one to the largest that may be asked.
    private static let questions: [PollTemplate] = [
        [[1, 3, 6, 1, 2, 1, 1, 1, 0], [1, 3, 6, 1, 2, 1, 1, 2, 0], [1, 3, 6, 1, 2, 1, 1, 3, 0]],
        // The same object twice, another between.
        [[1, 3, 6, 1, 2, 1, 1, 3, 0], [1, 3, 6, 1, 2, 1, 1, 6, 0], [1, 3, 6, 1, 2, 1, 1, 3, 0]],
        (1...6).map { OID(decoded: [1, 3, 6, 1, 4, 1, 99_999, 1, $0, 0]) },
        (1...256).map { OID(decoded: [1, 3, 6, 1, 2, 1, 2, 2, 1, 10, $0]) },
    ].map { objects in
        guard let question = try? PollTemplate.get(objects) else { preconditionFailure("no question") }
        return question
    }

    private let bytes: [UInt8]
    private let question: PollTemplate
    /// Where the list lies; `nil` when the datagram is none.
    private let place: BERReader?
    private let list: VarBindList?
    private let fault: BERFault?
    private let arranged: VarBindList?
    private let unasked: OID?

    var isUnderstood: Bool { self.list != nil }

    /// A binding of 7 bytes or more is remembered by the places of its name and its value.
    static func mostBytesHeld(for count: Int) -> Int { 32_768 + 40 * count }

    init(_ bytes: [UInt8]) {
        let datagram = Array(bytes.dropFirst())
        let span = datagram.span.bytes
        self.bytes = datagram
        self.question = Self.questions[Int(bytes.first ?? 0) % Self.questions.count]
        var place: BERReader?
        if let envelope = try? MessageEnvelope(span), !envelope.isCut {
            place = try? ResponseHead(envelope.body, in: span).list
        }
        self.place = place
        var (list, fault) = (VarBindList(), BERFault?.none)
        do throws(BERFault) {
            if let place { try list.read(place, in: span) }
        } catch { fault = error }
        self.fault = fault
        guard place != nil, fault == nil else {
            (self.list, self.arranged, self.unasked) = (nil, nil, nil)
            return
        }
        self.list = list
        self.unasked = list.arrange(for: self.question, in: span)
        self.arranged = list
    }

    func brokenProperty() -> String? {
        guard let place else { return nil }
        let span = self.bytes.span.bytes
        let expected: [VarBind]
        do throws(BERFault) {
            expected = try Self.varBinds(place, in: span)
        } catch {
            return error == self.fault ? nil : "a list is refused for another reason than it should be"
        }
        guard let list else { return "a good list is refused" }
        guard list.entries.count == expected.count,
            list.varBinds(in: span).elementsEqual(expected, by: Self.isSame)
        else { return "the list read in the datagram is another one" }
        var end = place.position
        for (entry, expected) in zip(list.entries, expected) {
            guard entry.name.isWithin(place, from: end), entry.content.isWithin(place, from: entry.name.end)
            else {
                return "a binding that lies outside of its list"
            }
            end = entry.content.end
            if let broken = self.brokenValue(entry, expected) { return broken }
        }
        return self.brokenOrder(expected)
    }

    /// What is read in the datagram is what is read of the value.
    private func brokenValue(_ entry: VarBindList.Entry, _ expected: VarBind) -> String? {
        let span = self.bytes.span.bytes
        guard entry.name(in: span) == expected.name, !entry.isAbsent else {
            return "another name in the datagram"
        }
        guard entry.unsigned(in: span) == expected.value.unsigned,
            entry.signed(in: span) == expected.value.signed
        else { return "\(expected.value) is another number in the datagram" }
        return entry.isMissing == expected.value.isMissing
            ? nil : "\(expected.value) is missing only in one of two"
    }

    /// Every object has the first value that came for it, or none; what comes in order stays so; a name that was not
    /// asked for is told.
    private func brokenOrder(_ expected: [VarBind]) -> String? {
        let span = self.bytes.span.bytes
        let objects = self.question.objects
        let unasked = expected.first { !objects.contains($0.name) }?.name
        guard self.unasked == unasked else { return "another name counts as not asked for" }
        guard unasked == nil, let arranged else { return nil }
        guard arranged.entries.count == objects.count else { return "not as many values as objects" }
        if expected.map(\.name) == objects {
            // Asked for twice and answered twice, an object keeps both answers.
            return arranged.varBinds(in: span).elementsEqual(expected, by: Self.isSame)
                ? nil : "what came in order was put into another"
        }
        for (entry, object) in zip(arranged.entries, objects) {
            guard let first = expected.first(where: { $0.name == object }) else {
                guard entry.isAbsent, entry.isMissing, entry.unsigned(in: span) == nil else {
                    return "a value for \(object), of which none came"
                }
                continue
            }
            guard entry.name(in: span) == object, entry.value(in: span).isSame(as: first.value) else {
                return "another value for \(object)"
            }
        }
        return nil
    }

    /// The list read in the plainest way.
    private static func varBinds(_ place: BERReader, in bytes: RawSpan) throws(BERFault) -> [VarBind] {
        var list = place
        var varBinds: [VarBind] = []
        while !list.isAtEnd {
            guard varBinds.count < ResponsePDU.mostVarBinds else { throw .tooManyVarBinds }
            var pair = try list.element(BERTag.sequence, in: bytes)
            let name = try pair.name(in: bytes)
            let (tag, content) = try pair.element(in: bytes)
            guard pair.isAtEnd else { throw .leftOver }
            varBinds.append(VarBind(name: name, value: SNMPValue(tag: tag, content: content, in: bytes)))
        }
        return varBinds
    }

    private static func isSame(_ one: VarBind, _ other: VarBind) -> Bool {
        one.name == other.name && one.value.isSame(as: other.value)
    }
}
