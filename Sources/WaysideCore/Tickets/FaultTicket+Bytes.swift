/// A ticket as bytes, whole: a store keeps them beside the columns that people search by.
extension FaultTicket {
    private static var version: UInt8 { 1 }

    /// The ticket as bytes; the same ticket gives the same bytes.
    public var bytes: [UInt8] {
        var writer = ByteWriter()
        self.encode(into: &writer)
        return writer.bytes
    }

    /// The ticket that those bytes are; `nil` where they are none.
    public init?(bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        self.init(decoding: &reader)
        guard reader.isAtEnd else { return nil }
    }

    /// Writes the ticket.
    public func encode(into writer: inout ByteWriter) {
        writer.write(Self.version)
        writer.write(self.number)
        writer.write(self.root.number)
        writer.write(self.openedAt.milliseconds)
        writer.write(list: self.facets) { $0.encode(into: &$1) }
        writer.write(Int64(self.repeatCount))
        self.stage.encode(into: &writer)
        writer.write(optional: self.clock) { $0.encode(into: &$1) }
        writer.write(optional: self.recovery) { $0.encode(into: &$1) }
        writer.write(optional: self.ownersWord) { $0.encode(into: &$1) }
        writer.write(list: self.affected) { $0.encode(into: &$1) }
        writer.write(Int64(self.moveCount))
        writer.write(Int64(self.noticeCount))
    }

    /// Reads a ticket; `nil` where the bytes are none.
    public init?(decoding reader: inout ByteReader) {
        guard reader.byte() == Self.version, let number = reader.integer(), let root = reader.integer(),
            let openedAt = reader.timestamp(), let facets = reader.list(FailedFacet.init(decoding:)),
            let repeatCount = reader.count(), let stage = Stage(decoding: &reader),
            let clock = reader.optional(RepairClock.init(decoding:)),
            let recovery = reader.optional(Recovery.init(decoding:)),
            let ownersWord = reader.optional(OwnersWord.init(decoding:)),
            let affected = reader.list(Affected.init(decoding:)), let moveCount = reader.count(),
            let noticeCount = reader.count()
        else { return nil }
        self.init(
            number: number,
            root: DeviceID(root),
            openedAt: openedAt,
            facets: facets,
            repeatCount: repeatCount,
            stage: stage,
            clock: clock,
            recovery: recovery,
            ownersWord: ownersWord,
            affected: affected,
            moveCount: moveCount,
            noticeCount: noticeCount
        )
    }
}

extension FaultTicket.Stage {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(self.name.rawValue)
        switch self {
        case .opened(let at): writer.write(at.milliseconds)
        case .dispatched(let maintainer, let at), .accepted(let maintainer, let at):
            maintainer.encode(into: &writer)
            writer.write(at.milliseconds)
        case .suspended(let maintainer, let suspension):
            maintainer.encode(into: &writer)
            writer.write(suspension.acceptedAt.milliseconds)
            writer.write(suspension.at.milliseconds)
            writer.write(suspension.reason)
            writer.write(suspension.until.milliseconds)
        case .repaired(let maintainer, let at, let evidence):
            maintainer.encode(into: &writer)
            writer.write(at.milliseconds)
            writer.write(evidence)
        case .recovered(let before, let at):
            before.stage.encode(into: &writer)
            writer.write(at.milliseconds)
        case .closed(let at, let proof):
            writer.write(at.milliseconds)
            proof.encode(into: &writer)
        case .merged(let number, let at):
            writer.write(number)
            writer.write(at.milliseconds)
        }
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let name = reader.text().flatMap(FaultTicket.StageName.init(rawValue:)) else { return nil }
        switch name {
        case .opened:
            guard let at = reader.timestamp() else { return nil }
            self = .opened(at: at)
        case .dispatched:
            guard let maintainer = Recipient(decoding: &reader), let at = reader.timestamp() else {
                return nil
            }
            self = .dispatched(to: maintainer, at: at)
        case .accepted:
            guard let maintainer = Recipient(decoding: &reader), let at = reader.timestamp() else {
                return nil
            }
            self = .accepted(by: maintainer, at: at)
        case .suspended:
            guard let maintainer = Recipient(decoding: &reader), let acceptedAt = reader.timestamp(),
                let at = reader.timestamp(), let reason = reader.text(), let until = reader.timestamp()
            else { return nil }
            self = .suspended(
                of: maintainer,
                FaultTicket.Suspension(acceptedAt: acceptedAt, at: at, reason: reason, until: until)
            )
        case .repaired:
            guard let maintainer = Recipient(decoding: &reader), let at = reader.timestamp(),
                let evidence = reader.text()
            else { return nil }
            self = .repaired(by: maintainer, at: at, evidence: evidence)
        case .recovered:
            guard let before = Self(decoding: &reader).flatMap(FaultTicket.Unfinished.init),
                let at = reader.timestamp()
            else { return nil }
            self = .recovered(before, at: at)
        case .closed:
            guard let at = reader.timestamp(), let proof = FaultTicket.Proof(decoding: &reader) else {
                return nil
            }
            self = .closed(at: at, proof)
        case .merged:
            guard let number = reader.integer(), let at = reader.timestamp() else { return nil }
            self = .merged(into: number, at: at)
        }
    }
}

extension FaultTicket.Unfinished {
    fileprivate var stage: FaultTicket.Stage {
        switch self {
        case .opened(let at): .opened(at: at)
        case .dispatched(let to, let at): .dispatched(to: to, at: at)
        case .accepted(let by, let at): .accepted(by: by, at: at)
        }
    }

    fileprivate init?(_ stage: FaultTicket.Stage) {
        switch stage {
        case .opened(let at): self = .opened(at: at)
        case .dispatched(let to, let at): self = .dispatched(to: to, at: at)
        case .accepted(let by, let at): self = .accepted(by: by, at: at)
        case .suspended, .repaired, .recovered, .closed, .merged: return nil
        }
    }
}

extension FaultTicket.Proof {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(Int64(self.goodProbes))
        writer.write(self.wellSince.milliseconds)
        writer.write(optional: self.ownersWord) { $0.encode(into: &$1) }
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let goodProbes = reader.count(), let wellSince = reader.timestamp(),
            let ownersWord = reader.optional(FaultTicket.OwnersWord.init(decoding:))
        else { return nil }
        self.init(goodProbes: goodProbes, wellSince: wellSince, ownersWord: ownersWord)
    }
}

extension FaultTicket.Recovery {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(Int64(self.goodProbes))
        writer.write(self.wellSince.milliseconds)
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let goodProbes = reader.count(), let wellSince = reader.timestamp() else { return nil }
        self.init(goodProbes: goodProbes, wellSince: wellSince)
    }
}

extension FaultTicket.OwnersWord {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(self.by)
        writer.write(self.at.milliseconds)
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let by = reader.text(), let at = reader.timestamp() else { return nil }
        self.init(by: by, at: at)
    }
}

extension FaultTicket.Affected {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(self.device.number)
        writer.write(self.since.milliseconds)
        writer.write(self.until)
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let device = reader.integer(), let since = reader.timestamp(),
            let until = reader.optionalTimestamp()
        else { return nil }
        self.init(device: DeviceID(device), since: since, until: until)
    }
}

extension FailedFacet {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(self.facet.rawValue)
        writer.write(self.since.milliseconds)
        writer.write(self.cause)
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let facet = reader.text().flatMap(Facet.init(rawValue:)), let since = reader.timestamp(),
            let cause = reader.cause()
        else { return nil }
        self.init(facet: facet, since: since, cause: cause)
    }
}

extension Recipient {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.write(self.key)
        writer.write(self.name)
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        guard let key = reader.text(), let name = reader.text() else { return nil }
        self.init(key: key, name: name)
    }
}
