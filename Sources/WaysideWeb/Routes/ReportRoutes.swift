internal import Hummingbird
internal import WaysideCore
internal import WaysideReports

/// What figures stand on and what was published: rules, exemptions, reports.
struct ReportRoutes {
    let data: ConsoleData

    func add(to group: RouterGroup<some RequestContext>) {
        group.get("rules") { request, context in
            _ = try Question(request, context)
            return JSONResponse(.object(["rules": .array(try await self.data.rules().map(\.json))]))
        }
        group.get("exemptions") { request, context in
            let day = try Question(request, context, known: ["day"]).day()
            let cases = try await self.data.exemptions(day)
            return JSONResponse(.object(["exemptions": .array(cases.map(\.json))]))
        }
        group.get("reports") { request, context in
            let day = try Question(request, context, known: ["day"]).day()
            return JSONResponse(.object(["reports": .array(try await self.data.reports(day).map(\.json))]))
        }
        group.get("reports/:key") { request, context in
            let question = try Question(request, context, known: ["revision"])
            let key = try question.key("key")
            let revision = try question.sequence("revision").map { Int(clamping: $0) }
            guard let figures = try await self.data.reportFigures(key, revision) else {
                throw Problem.noSuch("report", key)
            }
            return JSONResponse(.verbatim(figures))
        }
    }
}

extension RuleText {
    /// The rule with its text.
    fileprivate var json: JSONText {
        guard case .object(let members) = RateView.json(of: self.rule) else { return .null }
        return .object(members + [JSONText.Member("text", .string(self.text))])
    }
}

extension ExemptionCase {
    /// What was asked for, and where it stands.
    fileprivate var json: JSONText {
        let exemption = self.exemption
        let (scope, key) =
            switch exemption.scope {
            case .device(let key): ("device", key)
            case .organization(let key): ("organization", key)
            case .downstream(let key): ("downstream_of", key)
            }
        return .object([
            "id": .string(exemption.id),
            "stage": .string(self.stage.rawValue),
            "scope": .object([JSONText.Member(scope, .string(key))]),
            "facets": exemption.facets.map { facets in
                .words(Facet.allCases.filter(facets.contains).map(\.rawValue))
            } ?? .null,
            "class": .string(exemption.className),
            "from": .instant(exemption.span.start),
            "to": .instant(exemption.span.end),
            "requested_at": .instant(exemption.requestedAt),
            "approved_at": .instant(exemption.approvedAt),
            "rejected_at": .instant(self.rejectedAt),
            "revoked_at": .instant(exemption.revokedAt),
            "late": .bool(self.isLate),
            "document": .text(exemption.document),
            "reason": .text(exemption.reason),
        ])
    }
}

extension PublishedReport {
    /// What was published, without its figures.
    fileprivate var json: JSONText {
        .object([
            "id": .string(self.id),
            "revision": .integer(Int64(self.revision)),
            "period": .string(self.period.kind.rawValue),
            "name": .string(self.period.description),
            "first_day": .string(self.period.first.description),
            "last_day": .string(self.period.last.description),
            "organization": .text(self.organization),
            "rule": .object([
                "id": .string(self.rule), "version": .integer(Int64(self.ruleVersion)),
            ]),
            "assessed": self.assessed.json,
            "cut_off_at": .instant(self.cutOffAt),
            "published_at": .instant(self.publishedAt),
            "published_by": .string(self.publishedBy),
            "reason": .text(self.reason),
            "provisional": .bool(self.isProvisional),
            "inputs_sha256": .string(self.inputsSHA256),
            "figures_sha256": .string(self.figuresSHA256),
        ])
    }
}
