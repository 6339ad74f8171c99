internal import WaysideCore
internal import WaysideReports

/// How the console writes what the domain knows: keys in snake_case, times in RFC 3339, spans in `_ms`.
extension JSONText {
    /// RFC 3339, or nothing for "always so far", "for ever" and what is not known.
    static func instant(_ instant: Timestamp?) -> JSONText {
        guard let instant, instant > .distantPast, instant < .distantFuture else { return .null }
        return .string(instant.text)
    }

    /// A string, or nothing.
    static func text(_ text: String?) -> JSONText { text.map(JSONText.string) ?? .null }

    /// Words, in order.
    static func words(_ words: [String]) -> JSONText { .array(words.map(JSONText.string)) }

    /// An organization's key and name, or nothing.
    static func recipient(_ recipient: Recipient?) -> JSONText {
        guard let recipient else { return .null }
        return .object(["key": .string(recipient.key), "name": .string(recipient.name)])
    }

    /// An organization, or nothing where no key is given.
    static func organization(_ key: String?, in inventory: Inventory) -> JSONText {
        .recipient(key.map { Recipient(key: $0, name: inventory.organization(key: $0)?.name ?? $0) })
    }

    /// A device in the few words by which people find it.
    static func place(_ device: Device?, on day: ServiceDay) -> JSONText {
        guard let device else { return .null }
        return .object(JSONText.placeMembers(device, on: day))
    }

    /// The members of ``place(_:on:)``.
    static func placeMembers(_ device: Device, on day: ServiceDay) -> [Member] {
        [
            Member("key", .string(device.key)),
            Member("name", .string(device.name)),
            Member("kind", .string(device.kind.rawValue)),
            Member("roads", .words(device.assignment(on: day).roads)),
            Member("stake_mark", .text(device.stakeMark?.description)),
            Member("stake_mark_m", device.stakeMark.map { .integer(Int64($0.metres)) } ?? .null),
            Member("direction", .text(device.direction?.rawValue)),
        ]
    }

    /// An event; the device's name goes along, so that a page need not ask for it.
    static func event(_ event: ConsoleEvent, in inventory: Inventory) -> JSONText {
        var members = [
            Member("id", .integer(event.sequence)),
            Member("known_at", .instant(event.knownAt)),
            Member(
                "device",
                .place(inventory.device(event.device), on: ServiceDay(containing: event.knownAt))
            ),
        ]
        switch event.content {
        case .status(let facet, let status, let before, let since, let cause, let isFaltering):
            members += [
                Member("kind", .string("status")),
                Member("facet", .string(facet.rawValue)),
                Member("status", .string(status.name)),
                Member("before", .text(before?.name)),
                Member("since", .instant(since)),
                Member("cause", .text(cause?.rawValue)),
                Member("faltering", .bool(isFaltering)),
            ]
        case .ticket(let number, let action):
            members += [
                Member("kind", .string("ticket")),
                Member("ticket", .integer(number)),
                Member("action", .string(action.rawValue)),
            ]
        }
        return .object(members)
    }

    /// An observation.
    static func observation(_ observation: Observation?) -> JSONText {
        guard let observation else { return .null }
        return .object([
            "at": .instant(observation.at),
            "check": .string(observation.check.rawValue),
            "hop": .string(observation.hop.rawValue),
            "outcome": .string(observation.outcome.name),
            "cause": .text(observation.cause?.rawValue),
            "took_ms": observation.tookMilliseconds.map(JSONText.integer) ?? .null,
            "collector": .string(observation.collector),
        ])
    }

    /// What an agent does against its standard.
    static func members(of defect: AgentDefect) -> [Member] {
        [
            Member("kind", .string(defect.kind.rawValue)), Member("detail", .string(defect.detail)),
            Member("first_seen_at", .instant(defect.firstSeenAt)),
            Member("last_seen_at", .instant(defect.lastSeenAt)),
            Member("count", .integer(Int64(defect.count))),
        ]
    }

    /// How the watching itself goes.
    static func health(_ health: ConsoleHealth) -> JSONText {
        .object([
            "at": .instant(health.at),
            "known_until": .instant(health.knownUntil),
            "stale_after_ms": .integer(health.staleAfterMilliseconds),
            "live": .bool(health.isLive),
            "troubles": .array(
                health.troubles.map { trouble in
                    .object([
                        "code": .string(trouble.code.rawValue),
                        "detail": .string(trouble.detail),
                        "since": .instant(trouble.since),
                    ])
                }
            ),
        ])
    }
}
