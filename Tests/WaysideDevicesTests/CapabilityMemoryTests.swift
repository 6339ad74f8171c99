import SNMP
import Testing
import WaysideDevices

@Suite("What a device can answer")
struct CapabilityMemoryTests {
    private static let object: OID = [1, 3, 6, 1, 4, 1, 7, 1, 0]
    private static let hour: Int64 = 3_600_000

    @Test("what is not there is asked again after hours, what fails after minutes, what is there always")
    func asking() {
        var memory = CapabilityMemory()
        #expect(memory.isWorthAsking(Self.object, at: 0))
        memory.note(Self.object, .notSupported, at: 0)
        #expect(!memory.isWorthAsking(Self.object, at: 6 * Self.hour - 1))
        #expect(memory.isWorthAsking(Self.object, at: 6 * Self.hour))
        memory.note(Self.object, .failed, at: 7 * Self.hour)
        #expect(!memory.isWorthAsking(Self.object, at: 7 * Self.hour + 599_999))
        #expect(memory.isWorthAsking(Self.object, at: 7 * Self.hour + 600_000))
        memory.note(Self.object, .supported, at: 8 * Self.hour)
        #expect(memory.isWorthAsking(Self.object, at: 8 * Self.hour))
    }

    @Test("since when it is so is kept while it stays so, and a clock set back does not silence a device")
    func since() {
        var memory = CapabilityMemory()
        memory.note(Self.object, .notSupported, at: 5 * Self.hour)
        memory.note(Self.object, .notSupported, at: 12 * Self.hour)
        #expect(memory[Self.object]?.since == 5 * Self.hour && memory[Self.object]?.asked == 12 * Self.hour)
        #expect(memory.isWorthAsking(Self.object, at: 3 * Self.hour))
        memory.forget()
        #expect(memory[Self.object] == nil)
    }

    @Test("a plan leaves out what the device is known not to have")
    func pruning() throws {
        let profile = try Fixture.profile(
            """
            id: a
            version: 1
            evidence: a test
            facts:
              - {section: cpu, name: CPU, object: E.7.1.0, unit: "%"}
              - {section: cpu, name: "CPU {index}", column: E.7.2, unit: "%"}
            """
        )
        let plan = DevicePlan(Fixture([]).applied([profile]))
        #expect(plan.objects.contains(Self.object) && plan.columns.contains([1, 3, 6, 1, 4, 1, 7, 2]))
        var memory = CapabilityMemory()
        memory.note(Self.object, .notSupported, at: 0)
        memory.note([1, 3, 6, 1, 4, 1, 7, 2], .notSupported, at: 0)
        let pruned = plan.pruned(by: memory, at: 1)
        #expect(!pruned.objects.contains(Self.object) && !pruned.columns.contains([1, 3, 6, 1, 4, 1, 7, 2]))
        #expect(plan.pruned(by: memory, at: 6 * Self.hour) == plan)
    }
}
