internal import WaysideCore
internal import WaysideReports

extension DailyRateReport {
    /// The report of what the ledger holds of a day.
    init(_ ground: Assessing.Ground, organization: String?) throws {
        if let organization, ground.inventory.organization(key: organization) == nil {
            let known = ground.inventory.organizations.map(\.key).joined(separator: ", ")
            throw Ending.asked("no organization has the key \(organization); known are \(known)")
        }
        var assessor = try ground.assessor()
        let sheet = assessor.sheet()
        let end = sheet.until ?? ground.day.end
        var outages: [DayOutage] = []
        for row in sheet.devices {
            guard let index = ground.inventory.index(ofKey: row.device) else { continue }
            let device = ground.inventory.devices[index]
            for interval in assessor.classLine(of: index).intervals {
                let below = interval.timeClass.withoutExemption
                guard below == .offline || below == .upstream || below == .abnormal else { continue }
                outages.append(
                    DayOutage(
                        device: device.key,
                        name: [device.stakeMark?.description, device.name].compactMap { $0 }.joined(
                            separator: " "
                        ),
                        span: interval.span,
                        timeClass: interval.timeClass,
                        isOpen: sheet.until != nil && interval.span.end == end
                    )
                )
            }
        }
        self.init(
            sheet,
            outages: outages.sorted { ($0.span.start, $0.device) < ($1.span.start, $1.device) },
            inventory: ground.inventory,
            organization: organization
        )
    }
}

extension Assessing.Ground {
    /// The day counted for the morning page and the ministry.
    func briefDay() throws -> DailyBriefDay {
        var assessor = try self.assessor()
        let sheet = assessor.sheet()
        var lines: [String: ClassLine] = [:]
        for row in sheet.devices {
            if let index = self.inventory.index(ofKey: row.device) {
                lines[row.device] = assessor.classLine(of: index)
            }
        }
        return DailyBriefDay(sheet, inventory: self.inventory, lines: lines)
    }
}
