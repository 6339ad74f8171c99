import Foundation
import Testing
import WaysideCore

// What a report looks like in a file, and which cannot be asked for.
extension SimulatedRoadTests {
    @Test("a month's figures stand in its CSV, HTML, XLSX and PDF as in its JSON")
    func files() async throws {
        let road = try await SimulatedRoad.shared.value
        let folder = try Folder()
        func report(_ format: String) throws -> String {
            let file = "\(folder.path)/month.\(format)"
            let ending = try road.figures(
                "report",
                "monthly",
                "--day",
                "\(road.day)",
                "--as-known-at",
                road.knownUntil,
                "--format",
                format,
                "--out",
                file
            )
            #expect(ending.code == 0, "\(format): \(ending.errors)")
            return file
        }
        let sheet = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: report("json"))))
                as? [String: Any]
        )
        let rates = try self.texts(sheet)
        let all = try #require(rates["all all"])
        let device = try #require(
            (sheet["devices"] as? [[String: Any]])?.first {
                $0["device"] as? String == SimulatedRoad.outOfOrder
            }
        )
        let own = try #require((device["assessed"] as? [String: Any])?["text"] as? String)

        let csv = try String(contentsOfFile: report("csv"), encoding: .utf8)
        let line = csv.split(separator: "\r\n").first { $0.contains(SimulatedRoad.outOfOrder) }
        #expect(line?.contains(own) == true, "\(own): \(line ?? "")")

        let html = try String(contentsOfFile: report("html"), encoding: .utf8)
        #expect(html.contains("(\(all))") || html.contains(">\(all)<"), "\(all)")
        #expect(html.contains("第2路公司") && html.contains("<svg") && html.contains("</html>"))

        // A rate that may not be judged is a text there; coverage is a number, cut as it is printed.
        let coverage = try #require(try self.rates(sheet, "coverage")["all all"]?["text"] as? String)
        let read = """
            import zipfile, sys, re
            book = zipfile.ZipFile(sys.argv[1])
            for name in sorted(book.namelist()):
                if name.startswith('xl/worksheets/') or name == 'xl/sharedStrings.xml':
                    print(re.sub('<[^>]*>', '|', book.read(name).decode()))
            """
        let workbook = try self.tool("/usr/bin/python3", "-c", read, report("xlsx"))
        #expect(workbook.code == 0, "\(workbook.output)")
        let number = try #require(Double(coverage.dropLast(2))) / 100
        let cells = workbook.output.split(separator: "|").compactMap { Double($0) }
        #expect(cells.contains { abs($0 - number) < 0.000_001 }, "\(coverage)")
        #expect(workbook.output.contains(SimulatedRoad.outOfOrder) && workbook.output.contains(all))

        let pdf = try report("pdf")
        try #require(FileManager.default.fileExists(atPath: "/usr/bin/pdftotext"))
        let printed = try self.tool("/usr/bin/pdftotext", "-layout", pdf, "-").output
        #expect(printed.contains(all) && printed.contains(coverage) && printed.contains("第2路公司"))
        #expect(printed.contains(SimulatedRoad.outOfOrder))
    }

    @Test(
        "a period that has not begun, or lies before the first day, is asked wrongly",
        arguments: ["daily", "weekly", "monthly", "quarterly", "yearly"]
    )
    func outOfRange(kind: String) async throws {
        let road = try await SimulatedRoad.shared.value
        for more in [[], ["--publish"]] {
            let ahead = try road.figures(["report", kind, "--day", "2199-01-01"] + more)
            #expect(ahead.code == 2 && ahead.errors.contains("name an earlier day"), "\(ahead.errors)")
            let before = try road.figures(["report", kind, "--day", "2020-01-01"] + more)
            #expect(before.code == 2, "\(before.output.prefix(200))")
            #expect(before.errors.contains("\(road.days[0])"), "\(before.errors)")
            #expect(!before.errors.contains("name an earlier day"), "\(before.errors)")
        }
    }
}
