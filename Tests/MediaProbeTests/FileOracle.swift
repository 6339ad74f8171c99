import Foundation
import Glibc

@testable import MediaProbe

/// What ffprobe says of the first picture's track of a file.
struct FileOracle {
    let codec: String
    let width: Int
    let height: Int
    let sound: Bool
    /// In seconds; nil when it does not say.
    let duration: Double?
    /// In the order in which they are shown, or decoded where some have no other time.
    private let packets: [(time: Double, size: Int, isKey: Bool)]

    struct OracleError: Error {}

    init(_ file: URL) throws {
        let process = try ChildProcess([
            "/usr/bin/ffprobe", "-v", "error", "-show_streams", "-show_format", "-show_packets", "-of",
            "json",
            file.path,
        ])
        process.waitUntilEnd()
        let text = process.lines.joined(separator: "\n")
        guard let answer = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
            let streams = answer["streams"] as? [[String: Any]],
            let picture = streams.first(where: { $0["codec_type"] as? String == "video" })
        else { throw OracleError() }
        self.codec = picture["codec_name"] as? String ?? ""
        (self.width, self.height) = (picture["width"] as? Int ?? 0, picture["height"] as? Int ?? 0)
        self.sound = streams.contains { $0["codec_type"] as? String == "audio" }
        self.duration = ((answer["format"] as? [String: Any])?["duration"] as? String).flatMap(Double.init)
        let number = picture["index"] as? Int
        let packets = (answer["packets"] as? [[String: Any]] ?? []).filter {
            $0["stream_index"] as? Int == number
        }
        let clock = packets.allSatisfy { $0["pts_time"] != nil } ? "pts_time" : "dts_time"
        self.packets = packets.compactMap { packet in
            guard let time = (packet[clock] as? String).flatMap(Double.init) else { return nil }
            let size = (packet["size"] as? String).flatMap(Int.init) ?? 0
            return (time, size, (packet["flags"] as? String ?? "").hasPrefix("K"))
        }.sorted { $0.time < $1.time }
    }

    /// Pictures a second, bits a second and seconds between key frames over so many seconds of the beginning.
    func measured(over seconds: Double) -> (rate: Double, bits: Double, interval: Double?)? {
        guard let first = self.packets.first else { return nil }
        let some = self.packets.prefix { $0.time < first.time + seconds }
        guard let last = some.last, last.time > first.time else { return nil }
        let span = last.time - first.time
        let keys = some.filter(\.isKey).map(\.time)
        let interval = keys.count < 2 ? nil : (keys[keys.count - 1] - keys[0]) / Double(keys.count - 1)
        let bits = Double(some.dropLast().reduce(0) { $0 + $1.size }) * 8
        return (Double(some.count - 1) / span, bits / span, interval)
    }
}

/// A pipe with a name, and who writes into it.
final class NamedPipe {
    let path: String
    private let done = DispatchSemaphore(value: 0)

    struct PipeError: Error {}

    init(_ name: String, in folder: TemporaryFolder) throws {
        self.path = folder.path(name)
        guard mkfifo(self.path, 0o600) == 0 else { throw PipeError() }
    }

    deinit { self.done.signal() }

    /// Writes bytes as soon as somebody reads, and holds the pipe open until it is let go.
    func write(_ bytes: [UInt8]) {
        let (path, done) = (self.path, self.done)
        Thread {
            // A reader that leaves early must not end the tests.
            signal(SIGPIPE, SIG_IGN)
            let descriptor = open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            done.wait()
            close(descriptor)
        }.start()
    }
}
