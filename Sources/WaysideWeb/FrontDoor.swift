internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import WaysideCore

/// What every request passes on its way in and every answer on its way out (门禁).
///
/// A request that does not name this machine is refused, because a page from elsewhere can point a name of its own at
/// 127.0.0.1 (DNS rebinding) and would then read the console as its own. Nothing here is written by HTTP, so every
/// method but GET and HEAD is refused.
struct FrontDoor<Context: RequestContext>: RouterMiddleware {
    let counts: RequestCounts

    /// Only from here, never framed, never guessed (CSP level 3, Fetch, RFC 6797 does not apply to loopback).
    private static var fields: KeyValuePairs<String, String> {
        [
            "Content-Security-Policy":
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        ]
    }

    func handle(
        _ request: Request,
        context: Context,
        next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            try Self.check(request)
            response = try await next(request, context)
        } catch {
            response = Self.problem(error, request, context).response(from: request, context: context)
        }
        for (name, value) in Self.fields {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-cache" }
        self.counts.count(route: context.endpointPath ?? "none", status: response.status.code)
        return response
    }

    private static func check(_ request: Request) throws {
        guard LoopbackName.isLoopback(authority: request.head.authority ?? "") else {
            throw Problem(
                .misdirectedRequest,
                "this console answers to 127.0.0.1, [::1] and localhost only; ask it by one of these names"
            )
        }
        guard request.method == .get || request.method == .head else {
            var problem = Problem(.methodNotAllowed, "only GET and HEAD are answered")
            problem.headers[.allow] = "GET, HEAD"
            throw problem
        }
        let isClean = Question.decoded(request.uri.path)?.unicodeScalars.allSatisfy {
            $0.properties.generalCategory != .control && $0 != "\\"
        }
        guard isClean ?? false else {
            throw Problem(.badRequest, "the path is no percent-encoded UTF-8 text")
        }
    }

    private static func problem(_ error: any Error, _ request: Request, _ context: Context) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let problem as ConsoleProblem: return Problem(problem)
        case let tooEarly as Assessor.NotBegun:
            return Problem(.badRequest, "\(tooEarly.day) has not begun", parameter: "day")
        case let error as any HTTPResponseError where error.status.code < 500:
            return Problem(
                error.status,
                error.status == .notFound ? "there is nothing here" : "the request is malformed"
            )
        default:
            context.logger.error(
                "a request could not be answered",
                metadata: ["path": "\(request.uri.path)", "error": "\(error)"]
            )
            return Problem(.internalServerError, "our own fault; the log of the service says more")
        }
    }
}
