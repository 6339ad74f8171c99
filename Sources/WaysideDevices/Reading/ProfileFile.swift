internal import Cryptography
public import WaysideFiles

/// The files of device profiles: strict YAML, one profile a file.
public enum ProfileFile {
    /// Reads every `*.yaml` of the folder, in the order of their names.
    ///
    /// - Throws: ``FilesError`` with every problem of the first file that has any, of two files with one id, or of a
    ///   folder that cannot be read or holds no profile.
    public static func readFolder(_ folder: String) throws(FilesError) -> [DeviceProfile] {
        var profiles: [DeviceProfile] = []
        var files: [String: String] = [:]
        for name in try InputFile.names(inFolder: folder)
        where name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
            let path = "\(folder)/\(name)"
            let profile = try self.read(bytes: try InputFile.bytes(of: path, limit: 4 << 20), name: path)
            if let other = files.updateValue(path, forKey: profile.id) {
                throw FilesError(
                    .parse,
                    file: path,
                    problems: [
                        FileProblem(
                            file: path,
                            wrong: "the id \(profile.id) is that of \(other) too",
                            mend: "give each profile its own"
                        )
                    ]
                )
            }
            profiles.append(profile)
        }
        guard !profiles.isEmpty else {
            throw FilesError(
                .open,
                file: folder,
                problems: [
                    FileProblem(
                        file: folder,
                        wrong: "it holds no *.yaml",
                        mend: "name a folder of device profiles"
                    )
                ]
            )
        }
        return profiles
    }

    /// Reads a profile of those bytes; `name` stands in messages.
    ///
    /// - Throws: ``FilesError`` with every problem found.
    public static func read(bytes: [UInt8], name: String) throws(FilesError) -> DeviceProfile {
        var reader = ProfileReader(
            file: YAMLFile(name: name),
            sha256: Hexadecimal.string(Digest.sha256.hash(bytes))
        )
        guard let root = reader.file.root(bytes), let profile = reader.profile(root),
            reader.file.problems.isEmpty
        else {
            throw FilesError(.parse, file: name, problems: reader.file.problems)
        }
        return profile
    }
}
