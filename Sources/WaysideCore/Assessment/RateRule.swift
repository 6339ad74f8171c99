/// One definition of the online rate (考核口径): a versioned document with a citation, never code.
public struct RateRule: Hashable, Sendable {
    /// Which devices it is about.
    public struct Population: Hashable, Sendable {
        /// Only these kinds; `nil` for all.
        public var kinds: Set<Device.Kind>?
        /// Only these position classes; `nil` for all.
        public var positionClasses: Set<Int>?
        /// Only devices of these organizations and of those below them, by key; `nil` for all.
        public var organizations: Set<String>?
        /// Nobody before that day; `nil` for always.
        public var fromDay: ServiceDay?

        /// A population; without arguments, everybody.
        public init(
            kinds: Set<Device.Kind>? = nil,
            positionClasses: Set<Int>? = nil,
            organizations: Set<String>? = nil,
            fromDay: ServiceDay? = nil
        ) {
            (self.kinds, self.positionClasses) = (kinds, positionClasses)
            (self.organizations, self.fromDay) = (organizations, fromDay)
        }
    }

    /// How a day becomes a rate. Times of day are milliseconds from 00:00.
    public enum Method: Hashable, Sendable {
        /// Online time ÷ assessed time.
        case timeWeighted
        /// Online samples ÷ valid samples at these times of the day, strictly rising, each below 24:00.
        case sampled(at: [Int64])
        /// Sampled at one time of the day.
        case instantaneous(at: Int64)
        /// Whether it was online at any time inside the window.
        case presence(from: Int64, to: Int64)

        /// The word in rule files.
        public var name: String {
            switch self {
            case .timeWeighted: "time_weighted"
            case .sampled: "sampled"
            case .instantaneous: "instantaneous"
            case .presence: "presence"
            }
        }

        /// In what the rate's two numbers are counted.
        public var unit: OnlineRate.Unit {
            switch self {
            case .timeWeighted: .millisecond
            case .sampled, .instantaneous: .sample
            case .presence: .device
            }
        }
    }

    /// What unknown time is taken for.
    public enum UnknownTreatment: String, Hashable, Sendable, CaseIterable {
        /// Left out.
        case excluded
        /// As if it had been offline.
        case offline
        /// As if it had been online.
        case online
    }

    /// What upstream time is taken for.
    public enum UpstreamTreatment: String, Hashable, Sendable, CaseIterable {
        /// As offline.
        case counted
        /// Left out.
        case excluded
    }

    /// How devices become a group.
    public enum Aggregation: String, Hashable, Sendable, CaseIterable {
        /// Sum over sum.
        case pooled
        /// The mean of the devices' rates.
        case mean
    }

    /// Which exemptions it accepts.
    public struct Exemptions: Hashable, Sendable {
        /// The accepted classes.
        public var accept: Set<String>
        /// At most so long after its beginning it must be approved, in milliseconds; 0 or negative is
        /// beforehand; `nil` for any time.
        public var approvedWithinMilliseconds: Int64?
        /// At most so much a device, facet and month, in milliseconds; `nil` for no cap.
        public var monthlyCapMilliseconds: Int64?

        /// What is accepted; without arguments, nothing.
        public init(
            accept: Set<String> = [],
            approvedWithinMilliseconds: Int64? = nil,
            monthlyCapMilliseconds: Int64? = nil
        ) {
            self.accept = accept
            self.approvedWithinMilliseconds = approvedWithinMilliseconds
            self.monthlyCapMilliseconds = monthlyCapMilliseconds
        }
    }

    /// A name for rates from a threshold up.
    public struct Grade: Hashable, Sendable {
        /// The lowest rate that has it, in thousandths.
        public var atLeastThousandths: Int64
        /// Its name in Chinese.
        public var nameZH: String
        /// Its name in English.
        public var nameEN: String

        /// A grade.
        public init(atLeastThousandths: Int64, nameZH: String, nameEN: String) {
            (self.atLeastThousandths, self.nameZH, self.nameEN) = (atLeastThousandths, nameZH, nameEN)
        }
    }

    /// Its identity.
    public var id: String
    /// Which edition; 1 or more.
    public var version: Int
    /// Its name in Chinese.
    public var titleZH: String
    /// Its name in English.
    public var titleEN: String
    /// Where the definition is from.
    public var citation: String
    /// Which facet it judges.
    public var facet: Facet
    /// Which devices it is about.
    public var population: Population
    /// How a day becomes a rate.
    public var method: Method
    /// By which rules observations become a status.
    public var status: StatusProfile
    /// What abnormal time is worth, in thousandths; `0...1000`.
    public var abnormalWeight: Int64
    /// What unknown time is taken for.
    public var unknown: UnknownTreatment
    /// Below this coverage a figure is not assessable, in thousandths; `0...1000`.
    public var minimumCoverage: Int64
    /// What upstream time is taken for.
    public var upstream: UpstreamTreatment
    /// Which exemptions it accepts.
    public var exemptions: Exemptions
    /// How devices become a group.
    public var aggregate: Aggregation
    /// How much later than the horizon a day is final, in milliseconds.
    public var latenessMilliseconds: Int64
    /// The grades, in any order.
    public var grades: [Grade]
    /// SHA-256 of the rule file's bytes, in hexadecimal; empty for a rule that is in no file.
    public var sha256: String

    /// A rule with the defaults of the rule grammar for all that is not named.
    public init(
        id: String,
        version: Int,
        titleZH: String,
        titleEN: String,
        citation: String,
        facet: Facet,
        population: Population = Population(),
        method: Method,
        status: StatusProfile,
        abnormalWeight: Int64 = 1_000,
        unknown: UnknownTreatment,
        minimumCoverage: Int64 = 0,
        upstream: UpstreamTreatment,
        exemptions: Exemptions = Exemptions(),
        aggregate: Aggregation,
        latenessMilliseconds: Int64 = 0,
        grades: [Grade] = [],
        sha256: String = ""
    ) {
        (self.id, self.version, self.titleZH, self.titleEN) = (id, version, titleZH, titleEN)
        (self.citation, self.facet, self.population, self.method) = (citation, facet, population, method)
        (self.status, self.abnormalWeight, self.unknown) = (status, abnormalWeight, unknown)
        (self.minimumCoverage, self.upstream, self.exemptions) = (minimumCoverage, upstream, exemptions)
        (self.aggregate, self.latenessMilliseconds, self.grades) = (aggregate, latenessMilliseconds, grades)
        self.sha256 = sha256
    }
}
