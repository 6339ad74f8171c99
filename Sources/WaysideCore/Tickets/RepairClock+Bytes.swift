/// The clock as bytes, inside its ticket.
extension RepairClock {
    func encode(into writer: inout ByteWriter) {
        writer.write(self.startedAt.milliseconds)
        writer.write(self.warnAt.milliseconds)
        writer.write(self.repairBy.milliseconds)
        switch self.state {
        case .going(let progress):
            writer.write(UInt8(0))
            progress.encode(into: &writer)
        case .paused(let pause, let progress):
            writer.write(UInt8(1))
            writer.write(pause.reason)
            writer.write(pause.from.milliseconds)
            writer.write(pause.until.milliseconds)
            progress.encode(into: &writer)
        case .stopped(let reason, let at, let progress):
            writer.write(UInt8(2))
            writer.write(reason.rawValue)
            writer.write(at.milliseconds)
            progress.encode(into: &writer)
        }
    }

    init?(decoding reader: inout ByteReader) {
        guard let startedAt = reader.timestamp(), let warnAt = reader.timestamp(),
            let repairBy = reader.timestamp(),
            let state = State(decoding: &reader)
        else { return nil }
        self.init(startedAt: startedAt, warnAt: warnAt, repairBy: repairBy, state: state)
    }
}

extension RepairClock.State {
    fileprivate init?(decoding reader: inout ByteReader) {
        switch reader.byte() {
        case 0:
            guard let progress = RepairClock.Progress(decoding: &reader) else { return nil }
            self = .going(progress)
        case 1:
            guard let reason = reader.text(), let from = reader.timestamp(), let until = reader.timestamp(),
                let progress = RepairClock.Progress(decoding: &reader)
            else { return nil }
            self = .paused(RepairClock.Pause(reason: reason, from: from, until: until), progress)
        case 2:
            guard let reason = reader.text().flatMap(RepairClock.StopReason.init(rawValue:)),
                let at = reader.timestamp(), let progress = RepairClock.Progress(decoding: &reader)
            else { return nil }
            self = .stopped(reason, at: at, progress)
        default: return nil
        }
    }
}

extension RepairClock.Progress {
    fileprivate func encode(into writer: inout ByteWriter) {
        switch self {
        case .running: writer.write(UInt8(0))
        case .warned(let at):
            writer.write(UInt8(1))
            writer.write(at.milliseconds)
        case .breached(let at):
            writer.write(UInt8(2))
            writer.write(at.milliseconds)
        }
    }

    fileprivate init?(decoding reader: inout ByteReader) {
        switch reader.byte() {
        case 0: self = .running
        case 1:
            guard let at = reader.timestamp() else { return nil }
            self = .warned(at: at)
        case 2:
            guard let at = reader.timestamp() else { return nil }
            self = .breached(at: at)
        default: return nil
        }
    }
}

extension ByteWriter {
    /// How many, then each.
    mutating func write<Element>(list: [Element], _ write: (Element, inout ByteWriter) -> Void) {
        self.write(UInt64(list.count))
        for element in list { write(element, &self) }
    }

    /// A flag, and the value when there is one.
    mutating func write<Value>(optional: Value?, _ write: (Value, inout ByteWriter) -> Void) {
        self.write(optional != nil)
        if let optional { write(optional, &self) }
    }
}

extension ByteReader {
    /// What `write(list:)` wrote.
    mutating func list<Element>(_ read: (inout ByteReader) -> Element?) -> [Element]? {
        guard let count = self.unsigned(), count <= UInt64(self.remaining) else { return nil }
        var list: [Element] = []
        for _ in 0..<count {
            guard let element = read(&self) else { return nil }
            list.append(element)
        }
        return list
    }

    /// What `write(optional:)` wrote; the outer optional tells of bytes that are not such.
    mutating func optional<Value>(_ read: (inout ByteReader) -> Value?) -> Value?? {
        guard let isPresent = self.flag() else { return nil }
        guard isPresent else { return .some(nil) }
        return read(&self).map { .some($0) }
    }
}
