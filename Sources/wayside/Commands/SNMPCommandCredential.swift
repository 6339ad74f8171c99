internal import ArgumentParser
internal import WaysideFiles
internal import WaysideStore

/// A credential by its name, so that no secret stands on a command line.
struct NamedCredential: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The name of a credential: of --credentials, else of those sealed here.",
            valueName: "name"
        )
    )
    var credential: String?

    @Option(help: ArgumentHelp("A file of credentials (credentials.yaml).", valueName: "file"))
    var credentials: String?

    @Option(
        name: .customLong("data-dir"),
        help: ArgumentHelp(
            "The data folder with the sealed credentials (default: $WAYSIDE_DATA, else the usual place).",
            valueName: "dir"
        )
    )
    var dataFolder: String?

    /// The credential of that name among those that `kind` picks; `nil` when none was named.
    func opened<Credential>(_ kind: KeyPath<CredentialsFile, [String: Credential]>) throws -> Credential? {
        guard let name = self.credential else {
            guard self.credentials == nil else {
                throw Ending.asked("--credentials FILE goes with --credential NAME")
            }
            return nil
        }
        let known: [String: Credential]
        do {
            known = try self.file()[keyPath: kind]
        } catch let error as FilesError {
            throw Ending.asked("\(error)")
        } catch let error as VaultError {
            throw Ending.ours("\(error)")
        }
        guard let found = known[name] else {
            let names = known.keys.sorted().joined(separator: ", ")
            throw Ending.asked(
                "there is no such credential as \(name); known are: \(names.isEmpty ? "none" : names)"
            )
        }
        return found
    }

    private func file() throws -> CredentialsFile {
        if let path = self.credentials { return try CredentialsFile.read(path) }
        let folder = DataFolder.usual(self.dataFolder)
        // Opening a vault makes one; a look should not.
        guard DoctorFiles.isFolder(folder.secrets) else { return CredentialsFile() }
        return try CredentialVault(folder).open()
    }
}
