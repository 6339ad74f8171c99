internal import Foundation
internal import WaysideCore
internal import WaysideSimulation

/// An observation file of any length, replayed by this program in a process of its own (重放基准).
struct BenchReplay {
    private let folder: String
    private let rulePath: String
    private let day: ServiceDay

    /// Writes the inventory and the observations: streams of cameras every five minutes, 2 % of the answers misses.
    init(folder: String, observations: Int, rule rules: Rules, first day: ServiceDay) throws {
        (self.folder, self.day) = (folder + "/replay", day)
        guard let entry = rules.entries.first(where: { $0.rule.id == Rules.usual }) else {
            throw Ending.asked("there is no rule \(Rules.usual)")
        }
        self.rulePath = entry.path
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        let perDevice = 288
        let cameras = (observations + perDevice - 1) / perDevice
        var devices = "key,kind,name,organization,checks,stream_url\n"
        for camera in 0..<cameras {
            devices += "CAM-\(camera),camera,C\(camera),P,stream,rtsp://192.0.2.1/\(camera)\n"
        }
        try "key,name,kind,parent\nP,P,province,\n".write(
            toFile: self.folder + "/organizations.csv",
            atomically: false,
            encoding: .utf8
        )
        try devices.write(toFile: self.folder + "/devices.csv", atomically: false, encoding: .utf8)
        try self.write(observations: observations, cameras: cameras)
    }

    private func write(observations: Int, cameras: Int) throws {
        let path = self.folder + "/observations.ndjson"
        _ = FileManager.default.createFile(atPath: path, contents: nil)
        guard let file = FileHandle(forWritingAtPath: path) else {
            throw Ending.ours("\(path) cannot be written")
        }
        defer { try? file.close() }
        var random = SplitMix(seed: 7)
        var (text, written, round): (String, Int, Int64) = ("", 0, 0)
        while written < observations {
            for camera in 0..<cameras where written < observations {
                let at = self.day.start + round * 300_000 + Int64(camera % 300) * 997
                let isMiss = random.below(50) == 0
                text +=
                    "{\"at\":\"\(at.text)\",\"device\":\"CAM-\(camera)\",\"check\":\"stream\",\"outcome\":\""
                text +=
                    isMiss ? "down\",\"cause\":\"timeout\",\"took_ms\":10000}\n" : "up\",\"took_ms\":812}\n"
                written += 1
            }
            round += 1
            try file.write(contentsOf: Data(text.utf8))
            text = ""
        }
    }

    /// Wall-clock seconds, and the greatest resident set in KiB.
    func run() throws -> (seconds: Double, kibibytes: Int) {
        let process = Process()
        process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = [
            "replay", "--inventory", self.folder, "--observations", self.folder + "/observations.ndjson",
            "--rule", self.rulePath, "--day", self.day.description, "--format", "json",
        ]
        process.standardOutput = FileHandle.nullDevice
        let clock = ContinuousClock()
        let start = clock.now
        try process.run()
        var peak = 0
        while process.isRunning {
            peak = max(peak, Self.peak(of: process.processIdentifier))
            usleep(5_000)
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Ending.ours("the replay ended with \(process.terminationStatus)")
        }
        return ((clock.now - start) / .seconds(1), peak)
    }

    /// The greatest resident set so far, as the kernel counts it.
    private static func peak(of pid: Int32) -> Int {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") })
        else { return 0 }
        return line.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }
}
