import Foundation
import SNMP
import Testing
import WaysideDevices
import WaysideFiles

@Suite("Profile files")
struct ProfileFileTests {
    static let shipped = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Deploy/rules/devices").path

    @Test("every shipped profile is read, says where its knowledge comes from, and has a hash")
    func shippedProfiles() throws {
        let profiles = try ProfileFile.readFolder(Self.shipped)
        #expect(profiles.count > 40)
        for profile in profiles {
            #expect(profile.evidence.count > 20 && profile.sha256.count == 64, "\(profile.id)")
            #expect(profile.rank == 0 || !profile.ways.isEmpty, "\(profile.id) would apply to every device")
        }
        #expect(profiles.filter { $0.ways.isEmpty }.map(\.id) == ["standard"])
    }

    @Test("every maker of the list of metrics has a profile")
    func makers() throws {
        let texts = try ProfileFile.readFolder(Self.shipped).flatMap { $0.identity[.vendor] ?? [] }.map(
            \.origin
        )
        let makers = [
            "Hikvision", "Dahua", "Axis", "Hanwha", "Bosch", "Vivotek", "Avigilon", "Mobotix", "Siqura",
            "IONODES",
            "QNAP", "Huawei", "H3C", "ZTE", "Ruijie", "FS", "Maipu", "DCN", "Cisco", "Linksys", "MOXA",
            "Hirschmann",
            "TP-Link", "D-Link", "Zyxel", "Advantech", "Siemens", "Westermo", "FiberHome", "BDCOM",
            "Raisecom",
            "Ruggedcom", "METEL", "APC", "GUDE", "WRD Tech", "Geist", "AKCP", "Eaton", "CyberPower",
            "Phoenixtec",
            "Microsoft",
        ]
        for maker in makers { #expect(texts.contains(.fixed(maker)), "\(maker)") }
    }

    @Test(
        "what is wrong is told with its place and its mend",
        arguments: [
            ("idd: x", "test.yaml:1:1: unknown key \"idd\" in the file, the nearest known one is id"),
            (
                "id: x\nversion: 1\nevidence: y\nfacts:\n  - {section: cpu, name: CPU, object: E.1.x, unit: \"%\"}",
                "test.yaml:5:39: object is \"E.1.x\", write an object's number such as E.39165.1.7.0"
            ),
            (
                "id: x\nversion: 1\nevidence: y\nfacts:\n  - {section: cup, name: CPU, object: E.1.0, unit: \"%\"}",
                "section is \"cup\", write cpu, memory"
            ),
            (
                "id: x\nversion: 1\nevidence: y\nfacts:\n  - {section: cpu, name: CPU, unit: \"%\"}",
                "it needs object or column, one of them"
            ),
            ("id: x\nversion: 1\nevidence: y\nwhen: [{except: E.1}]", "nothing to recognise a device by"),
            (
                "id: x\nversion: 1\nevidence: y\nfacts:\n"
                    + "  - {section: cpu, name: C, column: E.1, unit: \"%\", keep: [{at: E.2, above: 1, at_most: 2}]}",
                "a condition has 2 tests"
            ),
            (
                "id: x\nversion: 1\nevidence: y\nfacts:\n"
                    + "  - {section: cpu, name: C, object: E.1, unit: \"%\", metric: CPU Load}",
                "write 1 to 64 of a-z, 0-9, _ and ."
            ),
            ("id: x", "the file lacks version"),
        ]
    )
    func problems(yaml: String, words: String) {
        let error = #expect(throws: FilesError.self) { try Fixture.profile(yaml) }
        #expect(error?.description.contains(words) ?? false, "\(String(describing: error))")
    }

    @Test("a name takes its numbers from the device's own")
    func names() {
        let path = ObjectPath("E.8691.7.{id}.1.54.0")
        #expect(path?.resolved([162]) == [1, 3, 6, 1, 4, 1, 8691, 7, 162, 1, 54, 0])
        #expect(path?.resolved([]) == nil)
        #expect(ObjectPath("M.1.1.0")?.resolved([]) == [1, 3, 6, 1, 2, 1, 1, 1, 0])
        #expect(ObjectPath("1.0.8802.1.1.2")?.resolved([]) == [1, 0, 8802, 1, 1, 2])
        for bad in ["", "E.", "E.1..2", "sysName.0", "{id9}", "E.1.{x}", "1.40.1"] {
            #expect(ObjectPath(bad) == nil, "\(bad)")
        }
    }
}
