import Postgres
import StoreTestSupport
import Testing
import WaysideCore

@testable import WaysideStore

@Suite("Every statement of the program")
struct StatementTests {
    /// All of them. The test below finds one that is missing here by reading the sources.
    static let all: [any Statement.Type] = [
        TakeLedgerLock.self, SelectCursor.self, UpsertCursor.self, SelectKnownUntil.self, InsertProfile.self,
        SelectProfile.self, InsertChanges.self, WithdrawChanges.self, SupersedeChanges.self,
        MarkDirtyDays.self,
        InsertVoids.self, InsertClockSteps.self, InsertStatusEvents.self, UpsertLiveStatuses.self,
        InsertTicketEvents.self, NotifyLive.self, SelectTicketsOfRoots.self, SelectTicketsToChange.self,
        SelectDueTickets.self, SelectNextTicketNumber.self, UpsertTicket.self, InsertTicketMoves.self,
        UpsertTicketDevice.self, InsertNotice.self, SelectOrganizations.self, SelectDevices.self,
        SelectUpstreams.self, SelectMoves.self, UpsertOrganization.self, InsertDevice.self, UpdateDevice.self,
        DeleteUpstreams.self, InsertUpstreams.self, DeleteMoves.self, InsertMove.self,
        MarkTalliedDaysDirty.self,
        SelectTracks.self, SelectTracksAsKnown.self, SelectLiveStatuses.self, SelectEventsAfter.self,
        SelectLastEvents.self, SelectEventRange.self, DeleteEvents.self, SelectTicket.self,
        SelectLiveTickets.self,
        SelectTicketsOpened.self, SelectTicketsOfDevice.self, SelectExplanations.self, SelectTicketMoves.self,
        SelectTicketDevices.self, TakeNotices.self, SettleNotice.self, PostponeNotice.self,
        SelectNextDue.self,
        CountNotices.self, SelectExemptions.self, SelectExemption.self, SupersedeExemption.self,
        InsertExemption.self, InsertRule.self, SelectRuleHash.self, DeleteTallies.self, InsertTallies.self,
        SelectTallies.self, SelectDirtyDays.self, ClearDirtyDay.self,
        SelectNotices.self, TakeInventoryLock.self, SelectInventoryRevision.self,
        MarkDirtyDevices.self, ClearDirtyDevices.self, MarkTalliedDaysOfDevicesDirty.self,
        SelectChangesBefore.self, SelectChangesAfter.self, SelectChangesInside.self,
        SelectChangesOfInside.self, SelectChangesAt.self, SelectFirstChange.self, SelectPlainSums.self,
        SelectExemptionMoves.self, InsertExemptionMove.self, SelectLastExemptionNumber.self,
        SelectExemptionBudgets.self, UpsertExemptionBudget.self, SelectTalliesOfDevices.self,
        DeleteTalliesOfDevices.self, SelectRollupPeriod.self, DeleteRollupPeriod.self,
        InsertRollupPeriod.self, MarkRollupDue.self, SelectDuePeriods.self, SelectKeptDays.self,
        SelectRollups.self, DeleteRollups.self, InsertRollups.self, SelectSums.self,
        SelectSumsOfDevices.self, SelectKnownSince.self, SelectLastRevision.self, InsertReport.self,
        InsertReportPart.self, SelectReports.self, SelectReportHead.self, SelectReportFigures.self,
        SelectReportParts.self, SelectDayEvidence.self, SelectPartExists.self, InsertEvidencePart.self,
        SelectEvidencePart.self, SelectMetrics.self, InsertMetrics.self, UpsertDeviceMetrics.self,
        SelectDeviceMetrics.self, SelectReadDevices.self, SelectReadings.self, DeleteReadings.self,
        SelectReadingExists.self, SelectLastReadings.self, SelectBlocks.self, SelectLastBlocks.self,
        DeleteBlocks.self, UpsertHealthJob.self, SelectHealthJobs.self, DeleteHealthSums<FiveMinuteSums>.self,
        DeleteHealthSums<HourSums>.self, SelectHealthSums<FiveMinuteSums>.self,
        SelectHealthSums<HourSums>.self,
        SelectPartitions.self, TakeHealthLock.self,
    ]

    @Test("is understood by PostgreSQL against the migrated schema")
    func prepared() throws {
        let address = try TemporaryPostgres.newDatabase()
        let connection = try PostgresConnection(address)
        try Migrator(migrations: Store.migrations).migrate(connection, at: JournalFixture.start)
        for statement in Self.all {
            #expect(throws: Never.self, "\(statement)") { try connection.prepare(statement) }
        }
    }

    @Test("is in the list above")
    func complete() throws {
        let tests = try #require(#filePath.firstRange(of: "/Tests/")).lowerBound
        let sources = "\(#filePath[..<tests])/Sources/WaysideStore"
        // Of a statement that is made for several tables one is enough.
        let listed = Set(Self.all.map { "\($0)".prefix { $0 != "<" } })
        for folder in ["Ledger", "Inventory", "Reading", "Samples", "Secrets"] {
            for name in TestFile.names("\(sources)/\(folder)", ending: ".swift") {
                let text = String(decoding: TestFile.bytes("\(sources)/\(folder)/\(name)"), as: UTF8.self)
                for line in text.split(separator: "\n")
                where line.hasPrefix("struct ") && line.contains(": Statement {") {
                    let type = line.dropFirst("struct ".count).prefix { $0 != ":" && $0 != "<" }
                    #expect(listed.contains(type), "\(type) of \(name)")
                }
            }
        }
    }

    @Test("asks no clock of the database, and selects no unnamed columns")
    func clean() throws {
        for statement in Self.all {
            let text = statement.sql.lowercased()
            for banned in ["now()", "current_timestamp", "current_date", "clock_timestamp", "select *"] {
                #expect(!text.contains(banned), "\(statement)")
            }
        }
        for migration in Store.migrations {
            let statements = migration.sql.split(separator: "\n").filter { !$0.hasPrefix("--") }.joined()
                .lowercased()
            for banned in ["now()", "current_timestamp", "extension", "exclude using", "trigger"] {
                #expect(!statements.contains(banned), "\(migration.name)")
            }
        }
    }
}
