internal import ArgumentParser
internal import Foundation
internal import WaysideCore
internal import WaysideFiles

/// The rate rules this machine works with: files, read strictly (口径文件).
struct Rules: Sendable {
    /// A rule with the text of its file.
    struct Entry: Sendable {
        let rule: RateRule
        let text: String
        let path: String
    }

    let entries: [Entry]

    /// Reads every rule of the folder.
    static func read(_ folder: String) throws -> Rules {
        guard let found = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
            throw Ending.asked("there is no folder \(folder) of rate rules; name one with --rules-dir")
        }
        let names = found.sorted().filter {
            ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) && !$0.contains(".vectors.")
        }
        return Rules(
            entries: try names.map { name in
                let path = "\(folder)/\(name)"
                return Entry(
                    rule: try RuleFile.readRule(path),
                    text: try String(contentsOfFile: path, encoding: .utf8),
                    path: path
                )
            }
        )
    }

    /// Every status profile of the rules, each once.
    var profiles: [StatusProfile] {
        var seen: Set<StatusProfile> = []
        return self.entries.map(\.rule.status).filter { seen.insert($0).inserted }
    }

    /// The rule of that id, in its highest version; the path of a rule file does too.
    func rule(_ name: String) throws -> RateRule {
        if let found = self.entries.filter({ $0.rule.id == name }).max(by: {
            $0.rule.version < $1.rule.version
        }) {
            return found.rule
        }
        if FileManager.default.fileExists(atPath: name) { return try RuleFile.readRule(name) }
        let known = self.entries.map(\.rule.id).joined(separator: ", ")
        throw Ending.asked("there is no rule \(name); known are \(known)")
    }

    /// The rule that is meant when none is named.
    static let usual = "province-time-weighted"
}

/// The options of every command that needs rate rules.
struct RuleOptions: ParsableArguments {
    @Option(name: .customLong("rules-dir"), help: ArgumentHelp("Folder of rate rules.", valueName: "dir"))
    var rulesFolder: String?

    func read() throws -> Rules {
        do {
            return try Rules.read(try self.rulesFolder ?? Shipped.folder("rules/rates"))
        } catch let error as FilesError {
            throw Ending.asked("\(error)")
        }
    }
}
