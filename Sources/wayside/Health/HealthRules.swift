internal import WaysideCore
internal import WaysideDevices
internal import WaysideFiles

/// What is known of devices and of what is too much, as the shipped files say it (型号档案与阈值).
struct HealthRules: Sendable {
    let profiles: [DeviceProfile]
    let thresholds: [ThresholdRule]

    /// Reads both folders.
    ///
    /// - Throws: The exit code of a wrong question, after having said which file is wrong where; a rule's name that comes
    ///   twice is one.
    static func read() throws -> HealthRules {
        do {
            let profiles = try ProfileFile.readFolder(try Shipped.folder(Shipped.deviceProfiles))
            let folder = try Shipped.folder(Shipped.thresholds)
            var thresholds: [ThresholdRule] = []
            for name in try InputFile.names(inFolder: folder).sorted() where name.hasSuffix(".yaml") {
                for rule in try ThresholdFile.read("\(folder)/\(name)") {
                    guard !thresholds.contains(where: { $0.id == rule.id }) else {
                        throw Ending.asked(
                            "\(folder)/\(name): the threshold \(rule.id) is there twice; rename one"
                        )
                    }
                    thresholds.append(rule)
                }
            }
            return HealthRules(profiles: profiles, thresholds: thresholds)
        } catch let error as FilesError {
            throw Ending.asked("\(error)")
        }
    }
}
