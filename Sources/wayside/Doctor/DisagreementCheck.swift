internal import WaysideCore

/// Cameras whose places contradict one another, as the service has noted it in the data folder.
enum DisagreementCheck {
    /// Devices that are named at the most.
    private static let namedLimit = 5

    /// A row; none on a machine where no service ever found any.
    static func findings(_ folder: DataFolder) -> [DoctorFinding] {
        guard DoctorFiles.bytes(of: folder.disagreements, limit: 1) != nil else { return [] }
        let known: [HopDisagreement]
        do {
            known = try DisagreementFile.disagreements(at: folder.disagreements)
        } catch {
            return [
                .warn(
                    "stream places",
                    "\(folder.disagreements) cannot be read: \(error)",
                    mend: "remove it; it is made anew"
                )
            ]
        }
        guard let last = known.map(\.lastSeenAt).max() else {
            return [.ok("stream places", "of no camera does one place contradict another")]
        }
        var parts: [String] = []
        for finding in HopTable.Finding.allCases {
            let keys = known.filter { $0.finding == finding }.map(\.device)
            guard !keys.isEmpty else { continue }
            let rest = keys.count > Self.namedLimit ? " and \(keys.count - Self.namedLimit) more" : ""
            let named = keys.prefix(Self.namedLimit).joined(separator: ", ")
            parts.append("\(finding.rawValue) \(keys.count) (\(named)\(rest))")
        }
        return [
            .warn(
                "stream places",
                "as noted up to \(last.text), places contradict one another: "
                    + parts.joined(separator: "; "),
                mend: "wayside why \(known[0].device)"
            )
        ]
    }
}
