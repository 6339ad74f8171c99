internal import Glibc

/// Whether a font with Chinese characters is installed, for pictures and printed reports.
enum FontCheck {
    /// 桩, 离, 线: what a stake mark and the commonest word of a report need.
    private static let wanted: [UInt32] = [0x6869, 0x79BB, 0x7EBF]
    private static let mostFiles = 20_000

    static func findings() -> [DoctorFinding] {
        let home = getenv("HOME").map { String(cString: $0) }
        let folders =
            ["/usr/share/fonts", "/usr/local/share/fonts"]
            + (home.map { ["\($0)/.fonts", "\($0)/.local/share/fonts"] } ?? [])
        var fonts = folders.flatMap { self.fonts(in: $0, depth: 0) }.prefix(self.mostFiles)
        // The usual ones first, so that not every font of a desktop is opened.
        fonts.sort { self.isLikely($0) && !self.isLikely($1) }
        guard let found = fonts.first(where: { path in FontFile(path)?.hasGlyphs(for: self.wanted) ?? false })
        else {
            return [
                .warn(
                    "Chinese fonts",
                    "none of \(fonts.count) fonts has 桩离线; Chinese shows as boxes in pictures and PDF",
                    mend: "apt-get install fonts-noto-cjk"
                )
            ]
        }
        return [.ok("Chinese fonts", found)]
    }

    private static func isLikely(_ path: String) -> Bool {
        let name = path.lowercased()
        return ["cjk", "hans", "han", "wqy", "sim", "uming", "ukai", "fallback"].contains {
            name.contains($0)
        }
    }

    private static func fonts(in folder: String, depth: Int) -> [String] {
        guard depth < 8 else { return [] }
        return DoctorFiles.names(in: folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            if [".ttf", ".otf", ".ttc", ".otc"].contains(where: name.lowercased().hasSuffix) {
                return [path]
            }
            return DoctorFiles.isFolder(path) ? self.fonts(in: path, depth: depth + 1) : []
        }
    }
}
