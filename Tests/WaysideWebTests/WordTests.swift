import Foundation
import Testing
import WaysideCore

@testable import WaysideWeb

/// The words of the pages.
@Suite struct WordTests {
    private static func words(_ language: String) throws -> [String: String] {
        let file = URL(filePath: RunningServer.pages).appending(path: "lang/\(language).json")
        return try #require(JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: String])
    }

    @Test("both languages say the same things, with the same places to fill")
    func sameKeys() throws {
        let (chinese, english) = (try Self.words("zh"), try Self.words("en"))
        #expect(Set(chinese.keys) == Set(english.keys))
        for (name, text) in chinese {
            func places(_ text: String) -> Set<String> {
                Set(text.matches(of: /\{\w+\}/).map { String($0.output) })
            }
            #expect(places(text) == places(english[name] ?? ""), "\(name)")
        }
    }

    @Test("every word of the domain that reaches a page is said in both languages", arguments: ["zh", "en"])
    func domain(language: String) throws {
        let words = try Self.words(language)
        let needed =
            Cause.allCases.map { "cause." + $0.rawValue } + Facet.allCases.map { "facet." + $0.rawValue }
            + FaultTicket.StageName.allCases.map { "stage." + $0.rawValue }
            + FaultTicket.ActionName.allCases.map { "action." + $0.rawValue }
            + TimeClass.allCases.map { "class." + $0.name }
            + RoadView.Shown.allCases.map { "shown." + $0.rawValue }
            + Device.Kind.allCases.map { "kind." + $0.rawValue }
            + Hop.allCases.map { "hop." + $0.rawValue }
            + HopTable.Finding.allCases.map { "finding." + $0.rawValue }
            + Direction.allCases.map { "direction." + $0.rawValue }
            + AgentDefect.Kind.allCases.map { "defect." + $0.rawValue }
            + ConsoleHealth.Trouble.Code.allCases.map { "trouble." + $0.rawValue }
        for name in needed { #expect(words[name]?.isEmpty == false, "\(name)") }
    }

    @Test("every word that a page asks for is there")
    func asked() throws {
        let words = try Self.words("zh")
        let folder = URL(filePath: RunningServer.pages)
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path)
        where name.hasSuffix(".js") {
            let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            for match in text.matches(of: /\bword\("([a-z_.]+)"/) {
                #expect(words[String(match.output.1)] != nil, "\(name): \(match.output.1)")
            }
        }
    }
}
