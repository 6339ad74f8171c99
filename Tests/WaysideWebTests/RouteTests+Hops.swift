import Foundation
import Testing
import WaysideCore

// What the places of cameras say.
extension RouteTests {
    @Test(
        "cameras of which one place contradicts another are listed for the whole estate, counted by what it means"
    )
    func disagreements() async throws {
        let answer = try Self.object(try await Self.ask("/api/v1/disagreements"))
        let rows = try #require(answer["disagreements"] as? [[String: Any]])
        #expect(rows.compactMap { ($0["device"] as? [String: Any])?["key"] as? String } == ["CAM-14-700"])
        let row = try #require(rows.first)
        #expect(row["finding"] as? String == "cloud_stale" && row["first_failing"] as? String == "platform")
        #expect((row["first_seen_at"] as? String)?.contains("+08:00") == true)
        let counts = try #require(answer["counts"] as? [String: Int])
        #expect(Set(counts.keys) == Set(HopTable.Finding.allCases.map(\.rawValue)))
        #expect(counts["cloud_stale"] == 2 && counts["platform_away"] == 7 && counts["not_pushed"] == 0)
        #expect(answer["left_off"] as? Int == 7)
        let device = try Self.object(try await Self.ask("/api/v1/devices/CAM-14-700"))
        let hops = try #require(device["hops"] as? [String: Any])
        #expect(hops["findings"] as? [String] == ["cloud_stale"])
        let platform = try #require((hops["rows"] as? [[String: Any]])?.last)
        #expect(platform["confirmed_at"] as? String == platform["at"] as? String)
        #expect(platform["served_by"] is NSNull)
    }
}
