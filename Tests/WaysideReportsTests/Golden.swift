import Foundation
import Testing

/// Files of what people see, read in the diff when they change; written anew with `WAYSIDE_UPDATE_GOLDEN=1`.
enum Golden {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

    /// Compares a text with the file of that name.
    static func expect(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation)
        throws
    {
        let file = self.folder.appending(path: name)
        if ProcessInfo.processInfo.environment["WAYSIDE_UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(at: self.folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        // Line by line, so that a failure names the first one that differs.
        for (found, wanted) in zip(text.split(separator: "\n"), golden.split(separator: "\n"))
        where found != wanted {
            #expect(found == wanted, "\(name)", sourceLocation: sourceLocation)
            break
        }
        #expect(text == golden, "\(name) differs", sourceLocation: sourceLocation)
    }
}
