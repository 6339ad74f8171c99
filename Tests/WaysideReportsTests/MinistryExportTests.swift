import Testing
import WaysideCore
import WaysideReports

@Suite struct MinistryExportTests {
    private func export() throws -> (DailyBriefRoad, MinistryExport) {
        let road = try DailyBriefRoad()
        let export = MinistryExport(
            inventory: road.inventory,
            today: road.today,
            yesterday: road.yesterday,
            statuses: road.statuses
        )
        return (road, export)
    }

    @Test("all that goes to the ministry reads as it should")
    func files() throws {
        let (_, export) = try self.export()
        try Golden.expect(export.cameras.csv, "ministry-cameras.csv")
        try Golden.expect(export.incompleteCameras.csv, "ministry-incomplete.csv")
        try Golden.expect(export.statistics.csv, "ministry-statistics.csv")
        try Golden.expect(export.statusList.csv, "ministry-statuses.csv")
        try Golden.expect(export.json.pretty + "\n", "ministry.json")
    }

    @Test("the camera sheet has the ministry's thirteen fields by their own names")
    func fields() throws {
        let (road, export) = try self.export()
        #expect(
            export.cameras.columns.map(\.key) == [
                "department", "cameraNum", "cameraName", "longAndLati", "road", "classify",
                "cameraOrientation",
                "pileNum", "area", "roadSec", "cameraType", "gatewayNum", "others",
            ]
        )
        let first = try #require(export.cameras.rows.first { $0[4] == .text("G42&S38") })
        #expect(first[0] == .text("东部高速公司") && first[9] == .text("青溪路段"))
        #expect(first[3] == .text("105.287932/30.500000") && first[6] == .integer(0))
        let names = Set(road.inventory.organizations.map(\.name))
        for row in export.cameras.rows { #expect(names.contains(row[0].text) && names.contains(row[9].text)) }
    }

    @Test("every camera in service is either filed or listed with what it lacks, and none else")
    func complete() throws {
        let (_, export) = try self.export()
        #expect(export.cameras.rows.count == 5 && export.incompleteCameras.rows.count == 1)
        let lacking = try #require(export.incompleteCameras.rows.first)
        #expect(lacking[0] == .text("CAM-C1"))
        for field in ["cameraNum", "longAndLati", "cameraOrientation", "pileNum", "area", "cameraType"] {
            #expect(lacking[3].text.contains("\(field): "), "\(field)")
        }
        #expect(!lacking[3].text.contains("roadSec") && export.statusList.rows.count == 6)
    }

    @Test("a camera nobody has looked at is unknown, not absent")
    func unseen() throws {
        let (_, export) = try self.export()
        let row = try #require(export.statusList.rows.first { $0[0] == .text("CAM-C1") })
        #expect(row[3] == .text("unknown") && row[4] == .empty)
    }

    @Test("a company counts what its sections count")
    func sums() throws {
        let (_, export) = try self.export()
        func count(_ unit: String, _ column: String) throws -> Int64 {
            let index = try #require(export.statistics.columns.firstIndex { $0.key == column })
            let row = try #require(export.statistics.rows.first { $0[0] == .text(unit) })
            guard case .integer(let number) = row[index] else { return -1 }
            return number
        }
        for column in ["cameras", "online", "offline_occurred", "offline_restored", "offline_current"] {
            #expect(try count("EAST", column) == count("QX", column) + count("TY", column), "\(column)")
            #expect(try count("P", column) == count("EAST", column) + count("WEST", column), "\(column)")
            #expect(try count("all", column) == count("P", column), "\(column)")
        }
    }
}
