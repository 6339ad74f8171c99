internal import ArgumentParser
internal import Foundation
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports

/// Works through the examples of rules (口径算例核对).
struct RulesCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Work through the examples (vectors) of rules, and say where a rule does not give what it promises.",
        discussion: """
              wayside rules check                        all rules of the folder
              wayside rules check our-province.yaml
              wayside rules check *.yaml                 rules, and vectors that lie beside them

            A file of vectors stands for the rules beside it that name it (`vectors: NAME`); each rule is checked once.
            Ends with 1 when a rule does not give what one of its examples expects, or has none.
            """
    )

    @OptionGroup
    var rules: RuleOptions

    @Argument(help: ArgumentHelp("Rule files; without any, those of the rules' folder.", valueName: "file"))
    var files: [String] = []

    @Option(help: "table, json or csv.")
    var format: Format = .table

    func run() async throws {
        let paths = self.files.isEmpty ? try self.folderFiles() : try self.rulePaths()
        let results: [(path: String, check: RulesCommandVectors)] = try paths.map { path in
            do {
                return (path, try RulesCommandVectors(try RuleFile.read(path)))
            } catch let error as FilesError {
                throw Ending.asked("\(error)")
            }
        }
        let failures = results.flatMap { result in
            result.check.failures.map { [.text(result.check.rule.id), .text(result.path)] + $0.cells }
        }
        let table = Table(columns: Self.columns, rows: failures)
        switch self.format {
        case .csv: Output.print(table.csv)
        case .json:
            Output.say(
                JSONText.object([
                    "rules": .array(results.map { self.json($0.path, $0.check) }), "failures": table.json,
                ]).pretty
            )
        case .table:
            for (_, check) in results {
                let passed = check.vectorCount - check.failedVectorCount
                let mark = check.failures.isEmpty ? "✓" : "✗"
                Output.say(
                    "\(mark) \(check.rule.id) v\(check.rule.version): \(passed) of \(check.vectorCount) vectors agree"
                )
            }
            if !failures.isEmpty { Output.print("\n" + table.text) }
        }
        if !failures.isEmpty { throw Ending.no }
    }

    private static let columns = [
        Table.Column("rule", "口径"), Table.Column("file", "文件"), Table.Column("line", "行", isNumeric: true),
        Table.Column("vector", "算例"), Table.Column("subject", "对象"), Table.Column("figure", "数字"),
        Table.Column("expected", "应为"), Table.Column("found", "实为"),
    ]

    private func folderFiles() throws -> [String] {
        let entries = try self.rules.read().entries
        guard !entries.isEmpty else { throw Ending.asked("the folder of rules holds none; name rule files") }
        return entries.map(\.path)
    }

    /// The files of rules that are meant, each once, in the order in which they were first meant.
    private func rulePaths() throws -> [String] {
        var paths: [String] = []
        for file in self.files {
            do {
                let meant = try RuleFile.holdsVectors(file) ? try Self.rules(of: file) : [file]
                paths += meant.filter { !paths.contains($0) }
            } catch let error as FilesError {
                throw Ending.asked("\(error)")
            }
        }
        return paths
    }

    /// The rules beside a file of vectors that name it.
    private static func rules(of vectors: String) throws -> [String] {
        let folder = vectors.lastIndex(of: "/").map { String(vectors[...$0]) } ?? ""
        let name = String(vectors.dropFirst(folder.count))
        let beside = try FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)
        let rules = try beside.sorted().filter { other in
            guard other != name, other.hasSuffix(".yaml") || other.hasSuffix(".yml") else { return false }
            return try RuleFile.vectorsName(in: folder + other) == name
        }
        guard !rules.isEmpty else {
            throw Ending.asked(
                "\(vectors) holds the vectors of a rule and no rule, and none beside it names it; write `vectors: "
                    + "\(name)` in the rule's file, which lies in the same folder, and check that file"
            )
        }
        return rules.map { folder + $0 }
    }

    private func json(_ path: String, _ check: RulesCommandVectors) -> JSONText {
        .object([
            "id": .string(check.rule.id), "version": .integer(Int64(check.rule.version)),
            "sha256": .string(check.rule.sha256), "file": .string(path),
            "vectors": .integer(Int64(check.vectorCount)), "failed": .integer(Int64(check.failedVectorCount)),
        ])
    }
}
