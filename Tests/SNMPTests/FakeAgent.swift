import Foundation
import Synchronization

@testable import SNMP

/// A question as a fake agent sees it.
struct FakeRequest {
    let version: Int64
    let community: [UInt8]
    let kind: UInt8
    let requestID: Int64
    let names: [OID]
    let nonRepeaters: Int64
    let repetitions: Int64

    init(_ bytes: [UInt8]) throws {
        let span = bytes.span.bytes
        let envelope = try MessageEnvelope(span)
        var body = envelope.body
        self.version = envelope.version
        self.community = envelope.community.octets(in: span)
        self.kind = envelope.pduTag
        self.requestID = envelope.requestID
        self.nonRepeaters = try body.integer(in: span)
        self.repetitions = try body.integer(in: span)
        var list = try body.element(BERTag.sequence, in: span)
        var names: [OID] = []
        while !list.isAtEnd {
            var pair = try list.element(BERTag.sequence, in: span)
            names.append(try pair.name(in: span))
        }
        self.names = names
    }

    /// An answer to this question, right unless told otherwise.
    func answer(
        _ varBinds: [(OID, SNMPValue)],
        status: Int64 = 0,
        index: Int64 = 0,
        requestID: Int64? = nil,
        community: String? = nil,
        version: Int64? = nil,
        tag: UInt8 = 0xA2
    ) -> [UInt8] {
        var writer = BERWriter()
        writer.element(BERTag.sequence) { message in
            message.element(tag) { pdu in
                pdu.element(BERTag.sequence) { list in
                    for (name, value) in varBinds.reversed() {
                        list.element(BERTag.sequence) { pair in
                            pair.value(value)
                            pair.name(name)
                        }
                    }
                }
                pdu.integer(index)
                pdu.integer(status)
                pdu.integer(requestID ?? self.requestID)
            }
            message.octets(community.map { Array($0.utf8) } ?? self.community)
            message.integer(version ?? self.version)
        }
        return writer.bytes
    }
}

/// A UDP socket on loopback that the test writes and reads by hand.
final class LoopbackSocket: Sendable {
    let descriptor: Int32
    let port: UInt16

    init(host: String = "127.0.0.1", port: UInt16 = 0) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var address = Self.address(host, port)
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0 else { throw POSIXError(.EADDRINUSE) }
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(descriptor, $0, &size)
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(self.descriptor) }

    private static func address(_ host: String, _ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return address
    }

    func receive() -> (bytes: [UInt8], from: sockaddr_in) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var address = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(self.descriptor, &buffer, buffer.count, 0, $0, &size)
            }
        }
        return (Array(buffer.prefix(max(0, count))), address)
    }

    func send(_ bytes: [UInt8], to address: sockaddr_in) {
        var address = address
        withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = sendto(
                    self.descriptor,
                    bytes,
                    bytes.count,
                    0,
                    $0,
                    socklen_t(MemoryLayout<sockaddr_in>.size)
                )
            }
        }
    }

    func send(_ bytes: [UInt8], toPort port: UInt16) {
        self.send(bytes, to: Self.address("127.0.0.1", port))
    }
}

/// An agent in this process, on a thread and a port of its own, that answers as the test says: datagrams
/// from its own socket, or from a stranger's.
final class FakeAgent: Sendable {
    enum Reply {
        case own([UInt8])
        case stranger([UInt8])
    }

    private let socket: LoopbackSocket
    private let ended = DispatchSemaphore(value: 0)
    private let log = Log()

    private final class Log: Sendable {
        let seen = Mutex<[Int64]>([])
    }

    /// The request-ids seen so far.
    var requestIDs: [Int64] { self.log.seen.withLock { $0 } }
    var port: UInt16 { self.socket.port }

    /// `answer` also gets the number of the question, from 0.
    init(
        strangerAt host: String = "127.0.0.2",
        _ answer: @escaping @Sendable (FakeRequest, Int) -> [Reply]
    ) throws {
        let own = try LoopbackSocket()
        let stranger = try LoopbackSocket(host: host)
        self.socket = own
        let thread = Thread { [log, ended] in
            while true {
                let (bytes, from) = own.receive()
                // A datagram without content ends the agent: no engine sends one.
                if bytes.isEmpty { break }
                guard let request = try? FakeRequest(bytes) else { continue }
                let number = log.seen.withLock { seen in
                    seen.append(request.requestID)
                    return seen.count - 1
                }
                for reply in answer(request, number) {
                    switch reply {
                    case .own(let bytes): own.send(bytes, to: from)
                    case .stranger(let bytes): stranger.send(bytes, to: from)
                    }
                }
            }
            ended.signal()
        }
        thread.start()
    }

    func agent(_ credential: SNMPCredential = .v2c(community: "right")) throws -> SNMPAgent {
        guard let address = AgentAddress("127.0.0.1", port: self.port) else { throw POSIXError(.EINVAL) }
        return SNMPAgent(address: address, credential: credential)
    }

    deinit {
        self.socket.send([], toPort: self.socket.port)
        self.ended.wait()
    }
}

/// Random numbers from a seed (SplitMix64), so that a failure can be had again.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
