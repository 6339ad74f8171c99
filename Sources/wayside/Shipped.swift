internal import ArgumentParser
internal import Glibc

/// The files that come with the program (随附文件): rate rules, the console's pages.
///
/// A folder such as `rules/rates` is looked for in this order, and the first that exists is taken:
/// 1. what the command's own option names (the command asks here only without it);
/// 2. `$WAYSIDE_SHARE/rules/rates`;
/// 3. in every folder above the program's own file: `Deploy/rules/rates` (a source tree), then
///    `share/wayside/rules/rates` (an installed one);
/// 4. `Deploy/rules/rates` below the working folder;
/// 5. `/usr/share/wayside/rules/rates`.
///
/// A name that begins with `../` lies beside `Deploy` in a source tree, and without the `../` everywhere else.
enum Shipped {
    /// The console's pages.
    static let console = "../Dashboards/web"
    /// The rate rules.
    static let rateRules = "rules/rates"
    /// The device profiles.
    static let deviceProfiles = "rules/devices"

    /// The threshold rules.
    static let thresholds = "rules/thresholds"

    /// The first folder of that name that exists.
    ///
    /// - Throws: The exit code of a wrong question, after having said where was looked.
    static func folder(_ name: String) throws(ExitCode) -> String {
        let candidates = self.candidates(name)
        guard let found = candidates.first(where: DoctorFiles.isFolder) else {
            throw Ending.asked(
                "the folder \(self.installedName(name)) of shipped files was not found; looked at "
                    + candidates.joined(separator: ", ")
                    + "; name it with the command's option, or set WAYSIDE_SHARE to the folder that holds it"
            )
        }
        return found
    }

    private static func candidates(_ name: String) -> [String] {
        let installed = self.installedName(name)
        let inTree = name == installed ? "Deploy/\(name)" : installed
        var candidates: [String] = []
        if let share = getenv("WAYSIDE_SHARE"), share.pointee != 0 {
            candidates.append("\(String(cString: share))/\(installed)")
        }
        for folder in self.foldersAboveProgram {
            candidates += ["\(folder)/\(inTree)", "\(folder)/share/wayside/\(installed)"]
        }
        return candidates + [inTree, "/usr/share/wayside/\(installed)"]
    }

    private static func installedName(_ name: String) -> String {
        name.hasPrefix("../") ? String(name.dropFirst(3)) : name
    }

    /// The folder of the program's own file and all above it, nearest first; the root itself is left out.
    private static var foldersAboveProgram: [String] {
        guard let program = DoctorFiles.destination(of: "/proc/self/exe") else { return [] }
        var parts = program.split(separator: "/").dropLast()
        var folders: [String] = []
        while !parts.isEmpty {
            folders.append("/" + parts.joined(separator: "/"))
            parts = parts.dropLast()
        }
        return folders
    }
}
