/// A unit that owns, runs or maintains roads (单位): province, road company, section, sub-centre or maintainer.
public struct Organization: Hashable, Sendable {
    /// What kind of unit it is.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The province (省).
        case province
        /// A road company (路公司).
        case company
        /// A road section (路段).
        case section
        /// A road-section sub-centre (路段分中心).
        case subcentre
        /// A maintainer, the contractor (运维单位).
        case maintainer
    }

    /// Its identity in files.
    public let key: String
    /// Its name, as printed.
    public let name: String
    /// What kind of unit it is.
    public let kind: Kind
    /// The key of the unit above; `nil` at the top.
    public let parent: String?

    /// A unit.
    public init(key: String, name: String, kind: Kind, parent: String?) {
        (self.key, self.name, self.kind, self.parent) = (key, name, kind, parent)
    }
}
