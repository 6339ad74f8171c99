internal import Cryptography

/// A TCP connection with TLS over it, or without.
final class ProtectedConnection {
    let socket: TCPSocket
    private let tls: TLSClient?
    private var scratch: [UInt8] = []

    /// Shakes hands at once when there is a TLS client.
    init(
        _ socket: TCPSocket,
        tls: TLSClient?,
        policy: CertificatePolicy,
        until end: Instant,
        waiting: Waiting
    ) throws(TransportFailure) {
        self.socket = socket
        self.tls = tls
        guard let tls else { return }
        self.scratch = [UInt8](repeating: 0, count: 17 << 10)
        while true {
            do {
                try tls.handshake()
            } catch {
                // The alert is for the other side's log; whether it still goes out does not matter.
                try? socket.write(tls.takeOutput(), until: end, waiting: waiting)
                // Where anything goes, it was something else that failed.
                if policy == .mustVerify, let fault = tls.certificateFault { throw .certificate(fault) }
                throw .tls(error.reason)
            }
            try socket.write(tls.takeOutput(), until: end, waiting: waiting)
            if tls.isEstablished { return }
            try waiting.wait(for: socket.descriptor, events: pollInput, until: end)
            guard try self.pump(into: tls) else { throw .closed }
        }
    }

    /// Whether the certificate verified; nil without TLS.
    var isCertificateTrusted: Bool? { self.tls.map { $0.certificateFault == nil } }

    /// Reads what is there into the inbox, without waiting; false when the other side is through.
    func receive(into inbox: inout some ByteInlet) throws(TransportFailure) -> Bool {
        guard let tls else {
            var isOpen = true
            _ = try inbox.fill { (room) throws(TransportFailure) in
                switch try self.socket.read(into: room) {
                case .bytes(let count): return count
                case .nothingYet: return 0
                case .end:
                    isOpen = false
                    return 0
                }
            }
            return isOpen
        }
        let isOpen = try self.pump(into: tls)
        do {
            while case let bytes = try tls.read(), !bytes.isEmpty { inbox.append(bytes) }
        } catch {
            throw .tls(error.reason)
        }
        return isOpen && !tls.isAtEnd
    }

    /// Sends all of it.
    func send(_ bytes: [UInt8], until end: Instant, waiting: Waiting) throws(TransportFailure) {
        guard let tls else {
            try self.socket.write(bytes, until: end, waiting: waiting)
            return
        }
        do {
            try tls.write(bytes)
        } catch {
            throw .tls(error.reason)
        }
        try self.socket.write(tls.takeOutput(), until: end, waiting: waiting)
    }

    /// Moves what the socket has to the TLS machine; false at the end of the connection.
    private func pump(into tls: TLSClient) throws(TransportFailure) -> Bool {
        var result: Result<TCPSocket.Reading, TransportFailure> = .success(.nothingYet)
        self.scratch.withUnsafeMutableBytes { buffer in
            do throws(TransportFailure) {
                result = .success(try self.socket.read(into: buffer))
            } catch {
                result = .failure(error)
            }
        }
        switch try result.get() {
        case .bytes(let count):
            let scratch = self.scratch
            tls.receive(scratch.span.bytes.extracting(first: count))
            return true
        case .nothingYet: return true
        case .end: return false
        }
    }
}
