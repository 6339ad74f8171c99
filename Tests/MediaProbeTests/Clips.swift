import Foundation

@testable import MediaProbe

/// Short moving pictures that ffmpeg makes once a machine, in the temporary folder.
enum Clips {
    /// What is made: 4 s of 320 × 240 at 25 pictures a second, a key frame every second, all in sight of a new viewer.
    private static let recipes: [(name: String, arguments: [String])] = [
        ("h264.flv", ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"]),
        ("h264.ts", ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-c:a", "aac"]),
        ("h265.ts", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-an"]),
        ("h265.h265", ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-an"]),
        (
            "h265.mp4",
            [
                "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-tag:v", "hvc1",
                "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+default_base_moof",
            ]
        ),
        (
            "h264.mp4",
            [
                "-c:v", "libx264", "-preset", "ultrafast", "-an", "-movflags",
                "frag_keyframe+empty_moov+default_base_moof",
            ]
        ),
        ("h263.flv", ["-c:v", "flv1", "-an"]),
    ]

    struct MakingError: Error {}

    static let folder: Result<URL, any Error> = Result { try made() }

    static func file(_ name: String) throws -> URL { try self.folder.get().appending(path: name) }

    static func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: self.file(name))) }

    /// Runs a program to its end.
    static func run(_ arguments: [String]) throws {
        let process = try ChildProcess(arguments)
        process.waitUntilEnd()
    }

    private static func made() throws -> URL {
        let files = FileManager.default
        let folder = files.temporaryDirectory.appending(path: "wayside-clips-2-\(getuid())")
        if self.recipes.allSatisfy({ files.fileExists(atPath: folder.appending(path: $0.name).path) }) {
            return folder
        }
        // Made aside and moved, so that another process never sees half of it.
        let aside = files.temporaryDirectory.appending(path: "wayside-clips-\(UUID().uuidString)")
        try files.createDirectory(at: aside, withIntermediateDirectories: true)
        for recipe in self.recipes {
            let sound = recipe.arguments.contains("aac")
            try self.run(
                [
                    "/usr/bin/ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
                    "testsrc=size=320x240:rate=25",
                ]
                    + (sound ? ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"] : [])
                    + ["-t", "4", "-pix_fmt", "yuv420p", "-g", "25", "-keyint_min", "25"] + recipe.arguments
                    + [aside.appending(path: recipe.name).path]
            )
            guard files.fileExists(atPath: aside.appending(path: recipe.name).path) else {
                throw MakingError()
            }
        }
        try? files.removeItem(at: folder)
        try files.moveItem(at: aside, to: folder)
        return folder
    }
}

/// The NAL units of an elementary stream, told apart without the code under test.
func elementaryUnits(_ bytes: [UInt8]) -> [[UInt8]] {
    var units: [[UInt8]] = []
    var start: Int?
    var index = 0
    while index + 2 < bytes.count {
        if bytes[index] == 0, bytes[index + 1] == 0, bytes[index + 2] == 1 {
            if let start { units.append(Array(bytes[start..<(bytes[index - 1] == 0 ? index - 1 : index)])) }
            start = index + 3
            index += 3
        } else {
            index += 1
        }
    }
    if let start { units.append(Array(bytes[start...])) }
    return units
}
