internal import Glibc
internal import Synchronization

/// Hosts that answer as long as we ourselves are on the network (对照目标), such as our own gateway: when those that
/// were there all fall silent, the fault is ours.
public final class ControlTargets: Sendable {
    private let reach: ReachProber
    private let places: [HostPort]
    private let limit: Duration
    private let haveAnswered = Mutex<Set<HostPort>>([])

    /// Control targets, each a host or `host:port`; what is neither is left out.
    ///
    /// - Parameters:
    ///   - hosts: Whom to ask; `nil` for our own default gateway.
    ///   - reach: Asks them.
    ///   - limit: How long they have to answer; default 1.5 s.
    public init(_ hosts: [String]? = nil, reach: ReachProber, within limit: Duration = .milliseconds(1_500)) {
        (self.reach, self.limit) = (reach, limit)
        self.places = (hosts ?? Self.defaultGateway().map { [$0] } ?? []).compactMap(HostPort.init)
    }

    /// True when one of them answers; false when none does and one has answered before; `nil` when there are none, or
    /// none ever answered, as a gateway that ignores echoes: then silence says nothing.
    public func answered() async -> Bool? {
        let answering = await withTaskGroup(of: HostPort?.self) { group in
            for place in self.places {
                group.addTask { await self.reach.answers(place, within: self.limit) == true ? place : nil }
            }
            var answering: Set<HostPort> = []
            for await place in group { if let place { answering.insert(place) } }
            return answering
        }
        return self.haveAnswered.withLock { known in
            known.formUnion(answering)
            if !answering.isEmpty { return true }
            return known.isEmpty || Task.isCancelled ? nil : false
        }
    }

    /// The IPv4 gateway of our default route; `nil` when there is none.
    static func defaultGateway(_ path: String = "/proc/net/route") -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 512)
        while fgets(&buffer, Int32(buffer.count), file) != nil {
            let line = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            // Interface, destination, gateway: in hexadecimal, in the byte order of this machine's memory.
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count > 2, fields[1] == "00000000", let bits = UInt32(fields[2], radix: 16),
                bits != 0
            else {
                continue
            }
            return withUnsafeBytes(of: bits) { $0.map(String.init).joined(separator: ".") }
        }
        return nil
    }
}
