internal import Cryptography
public import WaysideCore
internal import Yams

/// A file with one rate rule (考核口径文件) and its test vectors: strict YAML by the rule grammar.
public struct RuleFile: Sendable {
    /// The rule, with the SHA-256 of the file's bytes.
    public let rule: RateRule
    /// Its vectors, from the file itself or from the file beside it that it names.
    public let vectors: [RateVector]

    /// Reads the file, and the file of vectors that it may name.
    ///
    /// - Throws: ``FilesError`` with every problem of both files.
    public static func read(_ path: String) throws(FilesError) -> RuleFile {
        let bytes = try InputFile.bytes(of: path, limit: 64 << 20)
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        return try self.read(bytes: bytes, name: path) { name throws(FilesError) in
            try InputFile.bytes(of: folder + name, limit: 64 << 20)
        }
    }

    /// Whether a file is no rule but the vectors of one: a list, or a mapping that holds nothing but `vectors`.
    ///
    /// - Throws: ``FilesError`` when it cannot be read; one that is no YAML is simply no vectors.
    public static func holdsVectors(_ path: String) throws(FilesError) -> Bool {
        var file = YAMLFile(name: path)
        guard let root = file.root(try InputFile.bytes(of: path, limit: 64 << 20)) else { return false }
        if root.isList { return true }
        return root.isMapping && file.openMapping(root)?.members.map(\.key) == ["vectors"]
    }

    /// The name of the file of vectors that a rule's file names; `nil` when it names none or is no rule's file.
    ///
    /// - Throws: ``FilesError`` when it cannot be read.
    public static func vectorsName(in path: String) throws(FilesError) -> String? {
        var file = YAMLFile(name: path)
        guard let root = file.root(try InputFile.bytes(of: path, limit: 64 << 20)), root.isMapping else {
            return nil
        }
        return file.openMapping(root)?["vectors"]?.scalar
    }

    /// Reads the file's rule alone; vectors, and whether there are any, do not matter.
    ///
    /// - Throws: ``FilesError`` with every problem of the rule.
    public static func readRule(_ path: String) throws(FilesError) -> RateRule {
        try self.readRule(bytes: try InputFile.bytes(of: path, limit: 64 << 20), name: path)
    }

    /// The same of those bytes; `name` stands in messages.
    public static func readRule(bytes: [UInt8], name: String) throws(FilesError) -> RateRule {
        var file = YAMLFile(name: name)
        guard let root = file.root(bytes), let mapping = file.mapping(root, keys: RuleReader.keys) else {
            throw FilesError(.parse, file: name, problems: file.problems)
        }
        var reader = RuleReader(file: file)
        guard var rule = reader.rule(mapping), reader.file.problems.isEmpty else {
            throw FilesError(.parse, file: name, problems: reader.file.problems)
        }
        rule.sha256 = Hexadecimal.string(Digest.sha256.hash(bytes))
        return rule
    }

    /// Reads a rule of those bytes; `name` stands in messages, `beside` gives the bytes of the file of vectors that
    /// the rule may name.
    ///
    /// - Throws: ``FilesError`` with every problem found.
    public static func read(
        bytes: [UInt8],
        name: String,
        beside: (String) throws(FilesError) -> [UInt8]
    ) throws(FilesError) -> RuleFile {
        var file = YAMLFile(name: name)
        guard let root = file.root(bytes), let mapping = file.mapping(root, keys: RuleReader.keys) else {
            throw FilesError(.parse, file: name, problems: file.problems)
        }
        var reader = RuleReader(file: file)
        let rule = reader.rule(mapping)
        file = reader.file
        var vectors: [RateVector] = []
        if let node = mapping["vectors"] {
            if let other = node.scalar {
                vectors = try self.vectors(besideFile: other, node, &file, beside: beside)
            } else {
                var reader = VectorReader(file: file)
                vectors = reader.vectors(node)
                file = reader.file
            }
        }
        guard var rule, file.problems.isEmpty else {
            throw FilesError(.parse, file: name, problems: file.problems)
        }
        rule.sha256 = Hexadecimal.string(Digest.sha256.hash(bytes))
        return RuleFile(rule: rule, vectors: vectors)
    }

    private static func vectors(
        besideFile name: String,
        _ node: YAMLNode,
        _ file: inout YAMLFile,
        beside: (String) throws(FilesError) -> [UInt8]
    ) throws(FilesError) -> [RateVector] {
        guard !name.contains("/"), !name.hasPrefix(".") else {
            file.complain(
                node,
                "vectors is \(quoted(name))",
                "write a list, or the name of a file in the same folder"
            )
            return []
        }
        var other = YAMLFile(name: name)
        guard let root = other.root(try beside(name)) else {
            throw FilesError(.parse, file: name, problems: other.problems)
        }
        // The file is the list itself, or a mapping that holds it, as the rule would.
        var list: YAMLNode? = root
        if case .mapping = root.node {
            list = other.mapping(root, keys: ["vectors"]).flatMap { other.required($0, "vectors") }
        }
        var reader = VectorReader(file: other)
        let vectors = list.map { reader.vectors($0) } ?? []
        guard reader.file.problems.isEmpty else {
            throw FilesError(.parse, file: name, problems: file.problems + reader.file.problems)
        }
        return vectors
    }
}
