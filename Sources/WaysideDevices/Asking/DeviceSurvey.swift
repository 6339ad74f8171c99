public import SNMP

/// Looks at a device once: recognises it, asks what its profiles know, and hands over the rows (设备采集).
///
/// Only reads. One question after another, so that no device has more than one to answer; ends by its limits.
public struct DeviceSurvey: Sendable {
    private let engine: SNMPEngine
    private let recognition: DeviceRecognition
    private let settings: FactsSettings

    /// What a look came to.
    public struct Outcome: Sendable {
        /// The profiles that apply, the most special first.
        public let profiles: [AppliedProfile]
        /// What the device answered.
        public let rows: DeviceRows
        /// What the device can and cannot answer.
        public let memory: CapabilityMemory
        /// Why there are no rows at all: the answer to the first question, when it was no answer.
        public let silence: SNMPAnswer?

        /// What the rows say.
        public var facts: DeviceFacts { DeviceFacts(self.rows, by: self.profiles) }
    }

    /// A look with these profiles.
    public init(
        profiles: [DeviceProfile],
        engine: SNMPEngine,
        settings: FactsSettings = FactsSettings()
    ) {
        self.engine = engine
        self.recognition = DeviceRecognition(profiles)
        self.settings = settings
    }

    /// Looks at the agent. `memory` says what need not be asked at the instant `now`, in milliseconds of the
    /// caller's clock; what is learned comes back with the outcome.
    public func look(
        at agent: SNMPAgent,
        remembering memory: CapabilityMemory = CapabilityMemory(),
        now: Int64 = 0
    ) async -> Outcome {
        var talk = DeviceTalk(
            engine: self.engine,
            agent: agent,
            settings: self.settings,
            memory: memory,
            now: now
        )
        await talk.get(self.recognition.objects, remembers: false)
        if let silence = talk.silence {
            return Outcome(profiles: [], rows: talk.rows, memory: talk.memory, silence: silence)
        }
        let held = await talk.subtreesThatHold(self.recognition.subtrees)
        let profiles = self.recognition.profiles(for: talk.rows, held: held)
        let plan = DevicePlan(profiles).pruned(by: talk.memory, at: now)
        await talk.get(plan.objects.filter { talk.rows.objects[$0] == nil }, remembers: true)
        await talk.walk(plan.columns)
        if let vlans = plan.vlans { await talk.walkVLANs(of: vlans) }
        return Outcome(profiles: profiles, rows: talk.rows, memory: talk.memory, silence: nil)
    }
}
