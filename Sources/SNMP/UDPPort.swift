internal import CBatchUDP
internal import Glibc

/// One IPv4 and one IPv6 socket for all agents, connected to none of them, with many datagrams a system
/// call. Owned by one thread; only its `Waker` may be used by others.
final class UDPPort {
    /// Datagrams a system call, each way.
    static let batch = Int(BATCH_UDP_COUNT)
    /// The most a UDP datagram can carry over IPv4.
    static let mostBytes = 65_507

    /// What a wait found.
    struct Ready: OptionSet {
        let rawValue: Int32
        static let woken = Ready(rawValue: BATCH_UDP_WOKEN)
        static let canWriteIPv4 = Ready(rawValue: BATCH_UDP_WRITE_IPV4)
        static let canWriteIPv6 = Ready(rawValue: BATCH_UDP_WRITE_IPV6)

        func hasDatagrams(isIPv6: Bool) -> Bool {
            self.rawValue & (isIPv6 ? BATCH_UDP_READ_IPV6 : BATCH_UDP_READ_IPV4) != 0
        }

        func hasFaults(isIPv6: Bool) -> Bool {
            self.rawValue & (isIPv6 ? BATCH_UDP_FAULT_IPV6 : BATCH_UDP_FAULT_IPV4) != 0
        }
    }

    /// How a sending ended.
    enum Sent: Equatable {
        /// This many went, counted from the first asked for.
        case some(Int)
        /// The system takes none now.
        case busy
        /// The first of them cannot be sent: the system's error number.
        case failed(Int32)
    }

    /// Ends the port's present or next wait, from any thread, while the port lives.
    struct Waker: Sendable {
        fileprivate let descriptor: Int32

        func wake() { batch_udp_wake(self.descriptor) }
    }

    private let batch: OpaquePointer

    init(receiveBufferBytes: Int) throws(SNMPError) {
        var opened: OpaquePointer?
        var step: UnsafePointer<CChar>?
        let code = batch_udp_open(&opened, Int32(receiveBufferBytes), &step)
        guard code == 0, let opened else {
            throw SNMPError(.open, step.map { String(cString: $0) } ?? "sockets", systemText(code))
        }
        self.batch = opened
    }

    deinit { batch_udp_close(self.batch) }

    var hasIPv6: Bool { batch_udp_has_ipv6(self.batch) != 0 }
    var waker: Waker { Waker(descriptor: batch_udp_waker(self.batch)) }

    /// Waits until something is ready, at most `limitMilliseconds`; negative is for ever.
    func wait(limitMilliseconds: Int32) -> Ready {
        Ready(rawValue: max(0, batch_udp_wait(self.batch, limitMilliseconds)))
    }

    /// Asks to be told when a busy socket takes datagrams again.
    func wantWrite(_ isWanted: Bool, isIPv6: Bool) {
        batch_udp_want_write(self.batch, isIPv6 ? 1 : 0, isWanted ? 1 : 0)
    }

    /// Takes up to `batch` datagrams and shows each. Returns how many there were.
    func receive(isIPv6: Bool, _ each: (RawSpan, AgentAddress) -> Void) -> Int {
        let count = Int(max(0, batch_udp_receive(self.batch, isIPv6 ? 1 : 0)))
        for index in 0..<count {
            var length = 0
            var peer = batch_udp_peer()
            let start = batch_udp_received(self.batch, Int32(index), &length, &peer)
            each(UnsafeRawBufferPointer(start: start, count: length).bytes, AgentAddress(peer))
        }
        return count
    }

    /// Shows what the network has reported about datagrams of ours: the beginning of the datagram, where it
    /// was going, the error number. At most `batch` of them, so that a flood cannot hold the loop.
    func receiveFaults(isIPv6: Bool, _ each: (RawSpan, AgentAddress, Int32) -> Void) {
        var fault = batch_udp_fault()
        for _ in 0..<Self.batch where batch_udp_fault_next(self.batch, isIPv6 ? 1 : 0, &fault) != 0 {
            guard fault.is_from_network != 0 else { continue }
            let quote = UnsafeRawBufferPointer(start: fault.quote, count: fault.quote_bytes)
            each(quote.bytes, AgentAddress(fault.peer), fault.code)
        }
    }

    /// Puts a datagram in place `index` of the next sending.
    func stage(_ datagram: [UInt8], to address: AgentAddress, at index: Int) {
        precondition(datagram.count <= Self.mostBytes && index < Self.batch)
        datagram.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            memcpy(batch_udp_room(self.batch, Int32(index)), start, bytes.count)
        }
        let peer = batch_udp_peer(
            high: address.high,
            low: address.low,
            scope: address.scope,
            port: address.port,
            is_ipv6: address.isIPv6 ? 1 : 0
        )
        batch_udp_stage(self.batch, Int32(index), datagram.count, peer)
    }

    /// Sends the datagrams in places `range`, which all go to one family.
    func send(_ range: Range<Int>, isIPv6: Bool) -> Sent {
        let code = batch_udp_send(self.batch, isIPv6 ? 1 : 0, Int32(range.lowerBound), Int32(range.count))
        if code > 0 { return .some(Int(code)) }
        return code == -EAGAIN ? .busy : .failed(-code)
    }
}

extension AgentAddress {
    fileprivate init(_ peer: batch_udp_peer) {
        self.init(
            high: peer.high,
            low: peer.low,
            scope: peer.scope,
            isIPv6: peer.is_ipv6 != 0,
            port: peer.port
        )
    }
}

/// The system's words for an error number.
func systemText(_ code: Int32) -> String {
    var text = [CChar](repeating: 0, count: 128)
    guard strerror_r(code, &text, text.count) == 0 else { return "error \(code)" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
