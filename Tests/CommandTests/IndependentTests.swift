import Foundation
import Testing

/// `replay` beside a second implementation in another language, written from the contract alone and made to be obviously
/// right rather than fast (`Independent/hindsight.py`).
@Suite struct IndependentTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "Independent"
    )

    @Test(
        "an independent implementation comes to the same answer in every number",
        arguments: [1...40, 4_001...4_040]
    )
    func agreement(seeds: ClosedRange<Int>) throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = [
            "-B", Self.folder.appending(path: "compare.py").path, Program.path,
            "--seeds", "\(seeds.lowerBound)-\(seeds.upperBound)",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let words =
            try output.fileHandleForReading.readToEnd().map { String(decoding: $0, as: UTF8.self) } ?? ""
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(words)")
        #expect(words.contains("0 differed"), "\(words)")
    }
}
