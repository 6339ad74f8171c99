import Foundation
import Testing

@testable import MediaProbe

// What the tests with scripted servers have in common.

extension MediaLimits {
    /// Short, so that a test waits no longer than it must.
    static func brief(_ total: Duration = .milliseconds(600)) -> MediaLimits {
        var limits = MediaLimits(total: total)
        limits.farewell = .milliseconds(100)
        return limits
    }
}

extension ScriptedServer.Conversation {
    /// Hears everything and says nothing.
    func listenSilently() { while self.next() != nil {} }
}

/// An interleaved RTP packet of payload type 96.
func packet(sequence: UInt16, marker: Bool = false, timestamp: UInt32 = 3_000, payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x80, marker ? 0xe0 : 0x60, UInt8(sequence >> 8), UInt8(sequence & 0xff)]
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(timestamp >> UInt32(shift) & 0xff)) }
    bytes += [0, 0, 0, 1] + payload
    return [0x24, 0, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)] + bytes
}

/// A baseline sequence parameter set of 320 × 240, without anything optional.
let smallParameterSet: [UInt8] = [0x67, 0x42, 0x00, 0x0a, 0xdc, 0x14, 0x1f, 0x90]

/// Nothing that a person or a file may see holds the secret.
func expectNoSecret(_ secret: String, in report: MediaReport, _ target: MediaTarget) throws {
    var dumped = ""
    dump(report, to: &dumped)
    dump(target, to: &dumped)
    let json = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    for text in [
        "\(report)", String(reflecting: report), "\(target)", String(reflecting: target), dumped, json,
    ] {
        #expect(!text.contains(secret))
    }
}

extension ScriptedServer.Conversation {
    /// Answers as a good camera would until the client leaves, but for the requests that the test answers itself, and
    /// says `media` behind its answer to PLAY.
    func serve(
        playing media: [UInt8] = [],
        _ own: (ScriptedServer.Request) -> (status: String, headers: String)? = { _ in nil }
    ) {
        while let request = self.next() {
            if let (status, headers) = own(request) {
                self.answer(request, status, headers)
                continue
            }
            switch request.method {
            case "DESCRIBE":
                self.answer(
                    request,
                    "200 OK",
                    "Content-Type: application/sdp\r\n",
                    body: ScriptedServer.description
                )
            case "SETUP":
                let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
                self.answer(request, "200 OK", "Session: 4711;timeout=60\r\n" + transport)
            default: self.answer(request)
            }
            if request.method == "PLAY", !media.isEmpty { self.say(media) }
        }
    }
}

/// A parameter set and a whole key frame.
func keyFrame(sequence: UInt16 = 1, timestamp: UInt32 = 3_000) -> [UInt8] {
    packet(sequence: sequence, timestamp: timestamp, payload: smallParameterSet)
        + packet(sequence: sequence &+ 1, marker: true, timestamp: timestamp, payload: [0x65, 0x88, 1, 2, 3])
}
