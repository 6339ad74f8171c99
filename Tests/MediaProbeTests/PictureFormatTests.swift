import Cryptography
import Testing

@testable import MediaProbe

@Suite("Parameter sets")
struct PictureFormatTests {
    /// Written by x264 and x265, as ffmpeg runs them, from sources of the size and rate said here.
    static let written: [(VideoCodec, String, PictureFormat)] = [
        (
            .h264, "67640028acd940780227e5c044000003000400000300c83c60c658",
            PictureFormat(profile: "High", width: 1_920, height: 1_080, framesPerSecond: 25)
        ),
        (
            .h264, "674d401eeca058126c0440000003004000000c87c50a6580",
            PictureFormat(profile: "Main", width: 704, height: 576, framesPerSecond: 25)
        ),
        (
            .h264, "677a001fb6cd9405005bb01100000303e90000ea600f183196",
            PictureFormat(profile: "High 4:2:2", width: 1_280, height: 720, framesPerSecond: 30_000.0 / 1_001)
        ),
        (
            .h265,
            "420101016000000300900000030000030078a003c08010e596566924caf0168080000003008000000c84",
            PictureFormat(profile: "Main", width: 1_920, height: 1_080, framesPerSecond: 25)
        ),
        (
            .h265,
            "420101022000000300900000030000030096a001e020021c4d96566924e5780b4040000003004000000303c2",
            PictureFormat(profile: "Main 10", width: 3_840, height: 2_160, framesPerSecond: 15)
        ),
        (
            .h265,
            "42010101600000030090000003000003003fa00fc804877265959a49395e02d0100000030020000003019080",
            PictureFormat(profile: "Main", width: 500, height: 282, framesPerSecond: 12.5)
        ),
    ]

    @Test("size, profile and rate are read as the encoder was told", arguments: Self.written)
    func read(codec: VideoCodec, hexadecimal: String, expected: PictureFormat) throws {
        let bytes = try #require(Hexadecimal.bytes(hexadecimal))
        #expect(PictureFormat(parameterSet: bytes, codec: codec) == expected)
    }

    @Test("a set that is cut off has no size, or the right one", arguments: Self.written)
    func cut(codec: VideoCodec, hexadecimal: String, expected: PictureFormat) throws {
        let bytes = try #require(Hexadecimal.bytes(hexadecimal))
        for count in 0..<bytes.count {
            let format = PictureFormat(parameterSet: Array(bytes[..<count]), codec: codec)
            #expect(format == nil || (format?.width == expected.width && format?.height == expected.height))
        }
    }
}
