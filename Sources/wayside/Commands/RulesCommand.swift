internal import ArgumentParser
internal import WaysideCore
internal import WaysideFiles
internal import WaysideReports

/// Shows, checks and compares rate rules (考核口径).
struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "List, show, check and compare the rate rules: what counts, and by which document.",
        discussion: """
              wayside rules list
              wayside rules show province-time-weighted
              wayside rules check our-province.yaml
              wayside rules diff province-time-weighted our-province.yaml

            A rule is a file: copy one that is near to yours, change it, give it an id of its own, cite your document, \
            and let `rules check` work through its examples.
            """,
        subcommands: [
            RulesListCommand.self, RulesShowCommand.self, RulesCheckCommand.self, RulesDiffCommand.self,
        ]
    )
}

/// Lists the rules of a folder.
struct RulesListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the rules of a folder.",
        discussion: """
              wayside rules list --rules-dir /etc/wayside/rules/rates --format csv

            Without --rules-dir the rules that come with the program are listed: $WAYSIDE_SHARE/rules/rates, \
            Deploy/rules/rates above the program or below the working folder, /usr/share/wayside/rules/rates.
            """
    )

    @OptionGroup
    var rules: RuleOptions

    @Option(help: "table, json or csv.")
    var format: Format = .table

    func run() async throws {
        let table = Table(
            columns: [
                Table.Column("id", "口径"), Table.Column("version", "版本", isNumeric: true),
                Table.Column("title_zh", "名称"), Table.Column("title_en", "Title"),
                Table.Column("facet", "方面"),
                Table.Column("method", "方法"), Table.Column("aggregate", "汇总"),
                Table.Column("sha256", "SHA-256"),
                Table.Column("file", "文件"),
            ],
            rows: try self.rules.read().entries.map { entry in
                [
                    .text(entry.rule.id), .integer(Int64(entry.rule.version)), .text(entry.rule.titleZH),
                    .text(entry.rule.titleEN), .text(entry.rule.facet.rawValue),
                    .text(entry.rule.method.name),
                    .text(entry.rule.aggregate.rawValue),
                    .text(self.format == .table ? String(entry.rule.sha256.prefix(12)) : entry.rule.sha256),
                    .text(entry.path),
                ]
            }
        )
        Output.print(table, as: self.format)
    }
}

/// Shows one rule.
struct RulesShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one rule with every default spelt out.",
        discussion: "  wayside rules show province-time-weighted"
    )

    @OptionGroup
    var rules: RuleOptions

    @Argument(help: ArgumentHelp("A rule's id, or its file.", valueName: "rule"))
    var rule: String

    @Option(help: "table, json or csv.")
    var format: Format = .table

    func run() async throws {
        let rule = try self.rules.named(self.rule)
        let table = Table(
            columns: [Table.Column("field", "字段"), Table.Column("value", "取值")],
            rows: RulesCommandFields.fields(of: rule).map { [.text($0.name), Table.Cell($0.value)] }
        )
        Output.print(table, as: self.format)
    }
}

/// Compares two rules.
struct RulesDiffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say in what two rules differ, defaults spelt out.",
        discussion: """
              wayside rules diff province-time-weighted our-province.yaml

            Ends with 0 when they give the same figures for everything, which is when nothing but id, version, titles, \
            citation and file differ, and with 1 otherwise.
            """
    )

    @OptionGroup
    var rules: RuleOptions

    @Argument(help: ArgumentHelp("A rule's id, or its file.", valueName: "one"))
    var one: String

    @Argument(help: ArgumentHelp("The other's.", valueName: "other"))
    var other: String

    @Option(help: "table, json or csv.")
    var format: Format = .table

    func run() async throws {
        let (one, other) = (try self.rules.named(self.one), try self.rules.named(self.other))
        let pairs = zip(RulesCommandFields.fields(of: one), RulesCommandFields.fields(of: other)).filter {
            $0.value != $1.value
        }
        let table = Table(
            columns: [
                Table.Column("field", "字段"), Table.Column("one", self.one), Table.Column("other", self.other),
                Table.Column("changes_figures", "影响数字"),
            ],
            rows: pairs.map { one, other in
                [.text(one.name), self.cell(one.value), self.cell(other.value), .flag(one.bearsOnFigures)]
            }
        )
        if pairs.isEmpty, self.format == .table {
            Output.say("the same")
        } else {
            Output.print(table, as: self.format)
        }
        if pairs.contains(where: { $0.0.bearsOnFigures }) { throw Ending.no }
    }

    /// In the terminal a citation would push everything else out of sight.
    private func cell(_ value: String?) -> Table.Cell {
        guard let value, self.format == .table, value.count > 48 else { return Table.Cell(value) }
        return .text(value.prefix(47) + "…")
    }
}

extension RuleOptions {
    /// The rule of that id, or of that file; a file's vectors do not matter.
    func named(_ name: String) throws -> RateRule {
        do {
            if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                return try RuleFile.readRule(name)
            }
            return try self.read().rule(name)
        } catch let error as FilesError {
            throw Ending.asked("\(error)")
        }
    }
}
