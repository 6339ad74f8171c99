import Documents
import Foundation

/// 2026-07-01 08:05:00 in China.
let createdAtSeconds: Int64 = 1_782_864_300

let sampleProperties = DocumentProperties(
    title: "在线率月报",
    author: "Wayside",
    subject: "2026年6月",
    createdAtSeconds: createdAtSeconds
)

/// A folder that goes when the test does.
final class TemporaryFolder {
    let path: String

    init() throws {
        self.path = NSTemporaryDirectory() + "documents-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }  // What stays, /tmp clears.

    func file(_ name: String) -> String { "\(self.path)/\(name)" }

    var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: self.path).sorted() }
    }
}

/// What a call throws.
func fault(_ body: () throws -> Void) -> DocumentError? {
    do {
        try body()
        return nil
    } catch {
        return error as? DocumentError
    }
}

/// What a program prints.
func output(of program: String, _ arguments: [String]) throws -> String {
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.standardOutput = pipe
    try process.run()
    let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw ProgramFailure(program: program) }
    return String(decoding: bytes, as: UTF8.self)
}

/// A program of the test packages that is missing or does not like what it was given.
struct ProgramFailure: Error {
    let program: String
}
