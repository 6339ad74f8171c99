internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import WaysideReports

/// What went wrong, for programs and people alike (RFC 9457, `application/problem+json`).
struct Problem: Error, HTTPResponseError {
    let status: HTTPResponse.Status
    /// What is wrong and how to mend it, in a sentence.
    let detail: String
    /// The parameter at fault, when there is one.
    var parameter: String?
    var headers = HTTPFields()

    init(_ status: HTTPResponse.Status, _ detail: String, parameter: String? = nil) {
        (self.status, self.detail, self.parameter) = (status, detail, parameter)
    }

    /// What a closure of the data said.
    init(_ problem: ConsoleProblem) {
        let status: HTTPResponse.Status =
            switch problem.kind {
            case .noSuchThing: .notFound
            case .askedWrongly: .badRequest
            case .notNow: .serviceUnavailable
            }
        self.init(status, problem.detail)
    }

    /// Something that does not exist.
    static func noSuch(_ what: String, _ name: some CustomStringConvertible) -> Problem {
        Problem(.notFound, "there is no \(what) \(name)")
    }

    /// A parameter that is not what it should be.
    static func wrong(_ parameter: String, _ expected: String) -> Problem {
        Problem(.badRequest, "\(parameter) must be \(expected)", parameter: parameter)
    }

    func response(from request: Request, context: some RequestContext) -> Response {
        var members = [
            JSONText.Member("type", .string("about:blank")),
            JSONText.Member("title", .string(self.status.reasonPhrase)),
            JSONText.Member("status", .integer(Int64(self.status.code))),
            JSONText.Member("detail", .string(self.detail)),
        ]
        if let parameter = self.parameter { members.append(JSONText.Member("parameter", .string(parameter))) }
        var response = JSONResponse(.object(members), status: self.status).response
        response.headers[.contentType] = "application/problem+json"
        for field in self.headers { response.headers[field.name] = field.value }
        return response
    }
}

/// An answer in JSON that nobody keeps.
struct JSONResponse: ResponseGenerator {
    private let body: ByteBuffer
    private let status: HTTPResponse.Status

    init(_ json: JSONText, status: HTTPResponse.Status = .ok) {
        (self.body, self.status) = (ByteBuffer(string: json.compact + "\n"), status)
    }

    var response: Response {
        Response(
            status: self.status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: self.body)
        )
    }

    func response(from request: Request, context: some RequestContext) -> Response { self.response }
}
