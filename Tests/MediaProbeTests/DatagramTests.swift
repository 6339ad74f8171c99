import Foundation
import Synchronization
import Testing

@testable import MediaProbe

@Suite("Datagrams that are late, lost or from elsewhere", .serialized)
struct DatagramTests {
    private let start = ContinuousClock.now

    private func receiver() -> RTPReceiver {
        RTPReceiver(codec: .h264, payloadType: 96, clockRate: 90_000, isOrdered: false, limits: .availability)
    }

    private func hand(_ interleaved: [UInt8], to receiver: inout RTPReceiver, after milliseconds: Int) {
        receiver.receive(
            packet: Array(interleaved.dropFirst(4)).span.bytes,
            at: self.start + .milliseconds(milliseconds)
        )
    }

    @Test(
        "a whole key frame behind a lost packet is held for two tenths of a second, not until many more came"
    )
    func gapInTime() {
        var receiver = self.receiver()
        self.hand(packet(sequence: 1, timestamp: 1, payload: [0x41, 0x9a, 1]), to: &receiver, after: 0)
        // The second never comes.
        self.hand(packet(sequence: 3, timestamp: 2, payload: smallParameterSet), to: &receiver, after: 10)
        self.hand(
            packet(sequence: 4, marker: true, timestamp: 2, payload: [0x65, 0x88, 1, 2]),
            to: &receiver,
            after: 20
        )
        receiver.advance(to: self.start + .milliseconds(209))
        #expect(receiver.firstKeyFrame == nil && receiver.parameterSets.sequence == nil)
        #expect(receiver.due == self.start + .milliseconds(210))
        receiver.advance(to: self.start + .milliseconds(210))
        #expect(receiver.parameterSets.sequence == smallParameterSet)
        receiver.finish()
        #expect(receiver.firstKeyFrame?.timestamp == 2 && receiver.hasPicture)
        #expect(receiver.firstKeyFrame?.arrivedAt == self.start + .milliseconds(20))
        #expect(receiver.due == nil && receiver.reception.lost == 1)
    }

    @Test("what is held at the end of a visit is taken, and a packet whose place was given up is not")
    func gapAtEnd() {
        var receiver = self.receiver()
        self.hand(
            packet(sequence: 1, marker: true, timestamp: 1, payload: [0x41, 0x9a, 1]),
            to: &receiver,
            after: 0
        )
        self.hand(packet(sequence: 4, timestamp: 3, payload: smallParameterSet), to: &receiver, after: 1)
        self.hand(
            packet(sequence: 5, marker: true, timestamp: 3, payload: [0x65, 0x88, 1]),
            to: &receiver,
            after: 1
        )
        self.hand(
            packet(sequence: 7, marker: true, timestamp: 4, payload: [0x41, 0x9a, 1]),
            to: &receiver,
            after: 2
        )
        receiver.finish()
        #expect(receiver.hasPicture && receiver.gauge.pictureCount == 3)
        self.hand(packet(sequence: 3, timestamp: 2, payload: [0x41, 0x9a, 1]), to: &receiver, after: 3)
        receiver.finish()
        #expect(receiver.gauge.pictureCount == 3 && receiver.reception.reordered == 1)
    }

    /// A camera that sends over UDP from a port at another address of its own, and says so or not.
    private func camera(
        _ sender: DatagramSender,
        source: String?,
        waitsForUs: Bool = false,
        sending media: [UInt8]
    ) throws -> ScriptedServer {
        try ScriptedServer { client in
            var port: UInt16?
            while let request = client.next() {
                switch request.method {
                case "DESCRIBE": client.answer(request, body: ScriptedServer.description)
                case "SETUP":
                    port = request.clientPort
                    let from = source.map { ";source=\($0)" } ?? ""
                    let ports = ";server_port=\(sender.port)-\(sender.port)"
                    let transport = "Transport: RTP/AVP;unicast\(from)\(ports)\r\n"
                    client.answer(request, "200 OK", "Session: 4711\r\n" + transport)
                default: client.answer(request)
                }
                guard request.method == "PLAY", let port, !waitsForUs || sender.hears() else { continue }
                sender.send(media, to: port)
            }
        }
    }

    private func inspect(_ server: ScriptedServer) throws -> MediaReport {
        var target = try MediaTarget(server.address)
        target.hints.transport = .udp
        var limits = MediaLimits.brief(.seconds(6))
        limits.firstPacket = .milliseconds(400)
        return MediaProber().inspect(target, limits: limits)
    }

    @Test("a slow camera over UDP is up although a packet before its key frame was lost")
    func slowAndLossy() throws {
        let media = packet(sequence: 0, timestamp: 0, payload: [0x41, 0x9a, 1]) + keyFrame(sequence: 2)
        let report = try self.inspect(
            try self.camera(DatagramSender(), source: nil, sending: media)
        )
        #expect(report.verdict == .up && report.packetsLost == 1, "\(report.detail ?? "")")
        #expect(report.took < .seconds(2))
    }

    @Test(
        "datagrams come from the address that the server names, once the way to it is open, and from no third one",
        arguments: [
            ("127.0.0.2", "127.0.0.2", true), ("127.0.0.2", nil, false), ("127.0.0.3", "127.0.0.2", false),
        ]
    )
    func otherSource(host: String, named: String?, isHeard: Bool) throws {
        let sender = try DatagramSender(at: host)
        let media = keyFrame()
        let server = try self.camera(sender, source: named, waitsForUs: isHeard, sending: media)
        let report = try self.inspect(server)
        #expect(report.verdict == (isHeard ? .up : .down(.noMedia)), "\(report.detail ?? "")")
    }

    @Test(
        "a source is taken only when it is a numeric address",
        arguments: [
            ("192.0.2.7", "192.0.2.7"), ("[2001:db8::7]", "2001:db8::7"), ("\"192.0.2.7\"", "192.0.2.7"),
            ("camera.example", nil), ("192.0.2.7/24", nil), ("", ""),
        ]
    )
    func source(written: String, read: String?) {
        let transport = RTSPTransport("RTP/AVP;unicast;source=\(written);server_port=6970-6971")
        #expect(transport.source ?? "" == read ?? "" && transport.serverPorts?.packets == 6970)
    }
}
