internal import Hummingbird
internal import NIOCore
internal import WaysideCore
internal import WaysideReports

/// What programs ask that look after this one: alive, ready, metrics.
struct ServiceRoutes {
    let data: ConsoleData
    let settings: WebSettings
    let counts: RequestCounts

    func add(to router: Router<some RequestContext>) {
        router.get("healthz") { request, context in
            _ = try Question(request, context)
            return JSONResponse(.object(["status": .string("alive")]))
        }
        router.get("readyz") { request, context in
            _ = try Question(request, context)
            let health = await self.data.health()
            guard health.isLive else {
                let troubles = health.troubles.map(\.detail).joined(separator: "; ")
                throw Problem(
                    .serviceUnavailable,
                    "what is shown is known up to \(health.knownUntil?.text ?? "nothing yet")"
                        + (troubles.isEmpty ? "" : "; " + troubles)
                )
            }
            return JSONResponse(.object(["status": .string("ready"), "health": .health(health)]))
        }
        router.get("metrics") { request, context in
            _ = try Question(request, context)
            let text =
                try await self.data.metrics()
                + self.counts.text(eventStreamLimit: self.settings.eventStreamLimit)
            return Response(
                status: .ok,
                headers: [
                    .contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store",
                ],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text))
            )
        }
    }
}
