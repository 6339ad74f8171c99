internal import WaysideCore
internal import WaysideReports

/// Documents as files (文档输出).
enum DocumentFiles {
    static func workbook(_ document: ReportDocument, at made: Timestamp) throws -> [UInt8] {
        throw Ending.asked("not built in")
    }
    static func pdf(_ document: ReportDocument, at made: Timestamp) throws -> [UInt8] {
        throw Ending.asked("not built in")
    }
}
