internal import WaysideCore

/// What SNMP agents do against their standard, as the service has noted it in the data folder.
enum DefectCheck {
    /// Devices that are named at the most.
    private static let namedLimit = 5

    /// A row; none on a machine where no service ever ran.
    static func findings(_ folder: DataFolder, now: Timestamp) -> [DoctorFinding] {
        guard DoctorFiles.bytes(of: folder.defects, limit: 1) != nil else { return [] }
        var book: AgentDefectBook
        do {
            book = AgentDefectBook(try DefectFile.defects(at: folder.defects))
        } catch {
            return [
                .warn(
                    "SNMP agents",
                    "\(folder.defects) cannot be read: \(error)",
                    mend: "remove it; it is made anew"
                )
            ]
        }
        book.receive([], now: now)
        let keys = Set(book.defects.map(\.device)).sorted()
        guard !keys.isEmpty else { return [.ok("SNMP agents", "none does anything against its standard")] }
        let named = keys.prefix(Self.namedLimit).joined(separator: ", ")
        let rest = keys.count > Self.namedLimit ? " and \(keys.count - Self.namedLimit) more" : ""
        return [
            .warn(
                "SNMP agents",
                "\(keys.count) devices do something against their standard, which is worked round: \(named)\(rest)",
                mend: "wayside why \(keys[0])"
            )
        ]
    }
}
