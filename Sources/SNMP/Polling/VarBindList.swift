/// The bindings of one answer, as places in its datagram: reading a number from them allocates nothing.
///
/// The bytes are an argument of every reading, so that a list may be kept while the datagram cannot escape. With bytes
/// of another datagram a reading is wrong or traps; it never reads outside of them.
public struct VarBindList: Sendable {
    /// One binding: where its name and its value lie.
    ///
    /// 17 bytes: a message has fewer than 2^16, and a list of many bindings should stay in the nearest cache.
    public struct Entry: Sendable {
        private let nameStart: Int32
        private let nameEnd: Int32
        private let start: Int32
        private let end: Int32
        let tag: UInt8

        init(name: BERReader, tag: UInt8, content: BERReader) {
            (self.nameStart, self.nameEnd) = (Int32(name.position), Int32(name.end))
            (self.start, self.end) = (Int32(content.position), Int32(content.end))
            self.tag = tag
        }

        var name: BERReader { BERReader(position: Int(self.nameStart), end: Int(self.nameEnd)) }
        var content: BERReader { BERReader(position: Int(self.start), end: Int(self.end)) }

        /// The place of an object that was asked for and does not come in the answer.
        static let absent = Entry(name: .nowhere, tag: BERTag.noSuchInstance, content: .nowhere)
    }

    /// The bindings. Of a GET: one for each object asked for, in that order; an object that the answer leaves out is
    /// missing, as one that the agent does not have. Of a walk: as sent.
    public private(set) var entries: ContiguousArray<Entry> = []

    init() {}

    /// Reads the list whole; what breaks a byte rule anywhere in it is thrown before anything is believed.
    mutating func read(_ reader: BERReader, in bytes: RawSpan) throws(BERFault) {
        self.entries.removeAll(keepingCapacity: true)
        var list = reader
        while !list.isAtEnd {
            guard self.entries.count < ResponsePDU.mostVarBinds else { throw .tooManyVarBinds }
            if let (name, tag, content) = list.shortBinding(in: bytes) {
                self.entries.append(Entry(name: name, tag: tag, content: content))
                continue
            }
            var pair = try list.element(BERTag.sequence, in: bytes)
            let name = try pair.element(BERTag.oid, in: bytes)
            guard name.isName(in: bytes) else { throw .badName }
            let (tag, content) = try pair.element(in: bytes)
            guard pair.isAtEnd else { throw .leftOver }
            self.entries.append(Entry(name: name, tag: tag, content: content))
        }
    }

    /// The bindings as values of their own; objects that the answer leaves out are not among them.
    public func varBinds(in bytes: RawSpan) -> [VarBind] {
        var varBinds: [VarBind] = []
        varBinds.reserveCapacity(self.entries.count)
        for entry in self.entries where !entry.isAbsent {
            varBinds.append(VarBind(name: entry.name(in: bytes), value: entry.value(in: bytes)))
        }
        return varBinds
    }

    /// Puts the entries into the order of a GET's objects. Returns the first name that was not asked for.
    mutating func arrange(for template: PollTemplate, in bytes: RawSpan) -> OID? {
        let isInOrder =
            self.entries.count == template.objects.count
            && self.entries.indices.allSatisfy { template.names(self.entries[$0].name, at: $0, in: bytes) }
        if isInOrder { return nil }
        // Every name is looked up once: a datagram may hold thousands.
        var places = Dictionary(
            template.objects.map { ($0, Entry.absent) },
            uniquingKeysWith: { first, _ in first }
        )
        for entry in self.entries {
            let name = entry.name(in: bytes)
            guard let place = places.index(forKey: name) else { return name }
            // An object named twice keeps its first value in every place that asked for it.
            if places.values[place].isAbsent { places.values[place] = entry }
        }
        self.entries = ContiguousArray(template.objects.map { places[$0] ?? .absent })
        return nil
    }
}

extension VarBindList.Entry {
    var isAbsent: Bool { self.name.rest == 0 }

    /// The name.
    public func name(in bytes: RawSpan) -> OID {
        self.name.nameContent(in: bytes) ?? [0, 0]
    }

    /// The value, whatever it is.
    public func value(in bytes: RawSpan) -> SNMPValue {
        SNMPValue(tag: self.tag, content: self.content, in: bytes)
    }

    /// True for the three answers of SNMPv2 that mean "there is none", and for an object left out.
    public var isMissing: Bool {
        // With content it is none of the three: unknown, never guessed at.
        self.content.isAtEnd
            && (self.tag == BERTag.noSuchObject || self.tag == BERTag.noSuchInstance
                || self.tag == BERTag.endOfMibView)
    }

    /// The value as a whole number that is not negative, whatever numeric type the agent chose; `nil` otherwise.
    public func unsigned(in bytes: RawSpan) -> UInt64? {
        switch self.tag {
        case BERTag.integer: self.content.signedContent(in: bytes).flatMap(UInt64.init(exactly:))
        case BERTag.counter32, BERTag.gauge32, BERTag.timeTicks, BERTag.unsigned32:
            self.content.unsignedContent(width: 4, in: bytes)
        case BERTag.counter64: self.content.unsignedContent(width: 8, in: bytes)
        default: nil
        }
    }

    /// The value as a whole number, whatever numeric type the agent chose; `nil` where it does not fit.
    public func signed(in bytes: RawSpan) -> Int64? {
        self.tag == BERTag.integer
            ? self.content.signedContent(in: bytes) : self.unsigned(in: bytes).flatMap(Int64.init(exactly:))
    }
}
