import Foundation
import Testing

/// The built program `wayside`, run as a person would run it.
struct Program {
    /// How a run ended.
    struct Ending {
        let code: Int32
        let output: String
        let errors: String

        /// The answer as JSON.
        func json() throws -> Any {
            try JSONSerialization.jsonObject(with: Data(self.output.utf8), options: [.fragmentsAllowed])
        }

        /// The answer as a JSON object.
        func object() throws -> [String: Any] { try #require(try self.json() as? [String: Any]) }

        /// The answer as a JSON array of objects.
        func rows() throws -> [[String: Any]] { try #require(try self.json() as? [[String: Any]]) }

        /// The lines of the answer in CSV, split at commas; for answers without quotes.
        var csv: [[String]] {
            self.output.trimmingPrefix("\u{FEFF}").split(separator: "\r\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
        }
    }

    /// The program lies beside the test bundle that runs.
    static let path: String = {
        let bundle = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: bundle).deletingLastPathComponent().appending(path: "wayside").path
    }()

    /// Runs it to its end.
    ///
    /// Spawned by hand, with files for its three ways: Foundation's `Process` hands the test runner's blocked signals
    /// down, and a pipe that nobody reads would stop it.
    static func run(
        _ arguments: String...,
        input: String = "",
        environment: [String: String] = [:]
    ) throws -> Ending {
        try self.run(arguments, input: input, environment: environment)
    }

    /// Runs it, or another program that runs it in turn, to its end.
    static func run(
        _ arguments: [String],
        by program: String = Program.path,
        input: String = "",
        environment: [String: String] = [:]
    ) throws -> Ending {
        let folder = try Folder()
        let files = ["input", "output", "errors"].map { "\(folder.path)/\($0)" }
        try folder.write(input, to: "input")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, files[0], O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files[1], O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files[2], O_WRONLY | O_CREAT, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        var noSignals = sigset_t()
        sigemptyset(&noSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var variables = ProcessInfo.processInfo.environment
        for name in ["WAYSIDE_DATA", "WAYSIDE_SHARE"] { variables[name] = nil }
        variables.merge(environment) { $1 }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var pairs = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for text in words + pairs { free(text) }
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        var child: pid_t = 0
        let failure = posix_spawn(&child, program, &actions, &attributes, &words, &pairs)
        try #require(failure == 0, "\(program) cannot be run: build the product wayside first")
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        try #require(status & 0x7F == 0, "ended by signal \(status & 0x7F): \(folder.text("errors"))")
        return Ending(code: status >> 8 & 0xFF, output: folder.text("output"), errors: folder.text("errors"))
    }

    /// The root of the source tree.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
    /// The rate rules that come with the program.
    static let shippedRules = "\(Program.root)/Deploy/rules/rates"
}

/// A folder that is gone with its owner.
final class Folder: Sendable {
    let path: String

    init() throws {
        self.path = FileManager.default.temporaryDirectory.path + "/wayside-commands-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: self.path, withIntermediateDirectories: true)
    }

    /// Writes a text and says where.
    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        let path = "\(self.path)/\(name)"
        let parent = URL(filePath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    func text(_ name: String) -> String {
        FileManager.default.contents(atPath: "\(self.path)/\(name)").map {
            String(decoding: $0, as: UTF8.self)
        } ?? ""
    }

    /// Writes a small inventory and says where: a company, a section, a switch and two cameras.
    func writeInventory() throws -> String {
        try self.write(
            """
            key,name,kind,parent
            P,省厅,province,
            C,路公司,company,P
            S,一路段,section,C
            """,
            to: "inventory/organizations.csv"
        )
        try self.write(
            """
            key,kind,name,organization,road,stake_mark,direction,upstream,address,checks,stream_url
            SW-1,switch,交换机,S,G99,K10+000,both,,192.0.2.1,reach,
            CAM-1,camera,一号,S,G99,K10+100,up,SW-1,,stream,rtsp://192.0.2.11/live
            CAM-2,camera,二号,S,G99,K10+200,down,SW-1,,stream,rtsp://192.0.2.12/live
            """,
            to: "inventory/devices.csv"
        )
        return "\(self.path)/inventory"
    }

    deinit { try? FileManager.default.removeItem(atPath: self.path) }  // what stays is the system's to clear
}

/// A TCP port of this process that accepts, by way of the kernel's queue, and never says anything.
final class SilentListener: Sendable {
    let port: UInt16
    private let descriptor: Int32

    /// Unless it is open, the port is only kept from others, and whoever connects is refused.
    init(isOpen: Bool = true) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
        try #require(isBound && (!isOpen || listen(descriptor, 8) == 0))
    }

    deinit { close(self.descriptor) }
}
