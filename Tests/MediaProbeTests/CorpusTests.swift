import Foundation
import Testing

@testable import MediaProbe

/// The inputs that the fuzzer begins with, and those that once broke something.
@Suite("The fuzzer's corpus")
struct CorpusTests {
    /// A reader by the name of its target in Deploy/fuzz.
    struct Subject: CustomTestStringConvertible, Sendable {
        let target: String
        let reading: any UntrustedReading.Type

        var testDescription: String { self.target }
    }

    static let subjects = [
        Subject(target: "rtsp", reading: RTSPReading.self),
        Subject(target: "access", reading: AccessReading.self),
        Subject(target: "sdp", reading: DescriptionReading.self),
        Subject(target: "rtp", reading: PacketReading.self),
        Subject(target: "parameter-sets", reading: ParameterSetReading.self),
        Subject(target: "address", reading: AddressReading.self),
        Subject(target: "http", reading: HTTPReading.self),
        Subject(target: "flv", reading: FLVReading.self),
        Subject(target: "amf0", reading: ScriptReading.self),
        Subject(target: "rtmp", reading: RTMPReading.self),
        Subject(target: "m3u8", reading: PlaylistReading.self),
        Subject(target: "segment", reading: SegmentReading.self),
    ]

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Deploy/fuzz/corpus")

    private static func inputs(of target: String) throws -> [(name: String, bytes: [UInt8])] {
        let folder = self.folder.appending(path: target)
        return try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
            .sorted()
            .map { ($0, Array(try Data(contentsOf: folder.appending(path: $0)))) }
    }

    @Test(
        "every input of the corpus is read or refused, and what is read holds together",
        arguments: Self.subjects
    )
    func replay(_ subject: Subject) throws {
        let inputs = try Self.inputs(of: subject.target)
        var understood = 0
        for (name, bytes) in inputs {
            let reading = subject.reading.init(bytes)
            #expect(reading.brokenProperty() == nil, "\(name)")
            understood += reading.understoodCount > 0 ? 1 : 0
        }
        // Most of it is understood, or the corpus has been lost.
        #expect(inputs.count >= 9 && understood * 2 > inputs.count)
    }

    @Test("every input, cut anywhere or with a byte changed, is read or refused", arguments: Self.subjects)
    func neighbours(_ subject: Subject) throws {
        var random = SplitMix(seed: 5)
        var understood = 0
        for (name, bytes) in try Self.inputs(of: subject.target) {
            // Every place of a short one, and some hundreds of a long one.
            for place in stride(from: 0, to: bytes.count, by: bytes.count / 500 + 1) {
                let cut = subject.reading.init(Array(bytes.prefix(place)))
                #expect(cut.brokenProperty() == nil, "\(name) cut to \(place)")
                var changed = bytes
                changed[place] = UInt8.random(in: 0...255, using: &random)
                let reading = subject.reading.init(changed)
                #expect(reading.brokenProperty() == nil, "\(name) with \(changed[place]) at \(place)")
                understood += reading.understoodCount > 0 ? 1 : 0
            }
        }
        #expect(understood > 200)
    }
}
