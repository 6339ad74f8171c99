internal import Foundation
internal import WaysideCore
internal import WaysideReports

/// The disagreements of places in a file of the data folder: JSON, so that anybody can read it.
enum DisagreementFile {
    private struct Row: Codable {
        let device: String
        let finding: String
        let firstFailing: String?
        let firstSeenAt: String
        let lastSeenAt: String

        enum CodingKeys: String, CodingKey {
            case device, finding
            case firstFailing = "first_failing"
            case firstSeenAt = "first_seen_at"
            case lastSeenAt = "last_seen_at"
        }
    }

    /// What is kept; none when there is no file. Rows that a later version wrote are left out.
    ///
    /// - Throws: When the file is no list of disagreements.
    static func disagreements(at path: String) throws -> [HopDisagreement] {
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        return try JSONDecoder().decode([Row].self, from: data).compactMap { row in
            guard let finding = HopTable.Finding(rawValue: row.finding),
                let first = Timestamp(row.firstSeenAt), let last = Timestamp(row.lastSeenAt)
            else { return nil }
            return HopDisagreement(
                device: row.device,
                finding: finding,
                firstFailing: row.firstFailing.flatMap(Hop.init(rawValue:)),
                firstSeenAt: first,
                lastSeenAt: last
            )
        }
    }

    /// The file is the old or the new one, whatever happens.
    static func write(_ disagreements: [HopDisagreement], to path: String) throws {
        let rows = disagreements.map { one in
            Row(
                device: one.device,
                finding: one.finding.rawValue,
                firstFailing: one.firstFailing?.rawValue,
                firstSeenAt: one.firstSeenAt.text,
                lastSeenAt: one.lastSeenAt.text
            )
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(rows).write(to: URL(filePath: path), options: .atomic)
    }
}

extension HopDisagreement {
    /// As a row of an answer.
    var json: JSONText {
        .object([
            "finding": .string(self.finding.rawValue),
            "first_failing": self.firstFailing.map { JSONText.string($0.rawValue) },
            "first_seen_at": .string(self.firstSeenAt.text), "last_seen_at": .string(self.lastSeenAt.text),
        ])
    }
}
