internal import Hummingbird
internal import HummingbirdCore
public import Logging
internal import NIOCore
internal import NIOPosix
public import ServiceLifecycle

/// The console and its API on loopback (控制台): a service that listens until it is told to stop.
public struct WebServer: Service {
    typealias Context = BasicRequestContext

    private let data: ConsoleData
    private let settings: WebSettings
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// A server that answers from that data.
    ///
    /// - Parameters:
    ///   - data: Where the answers come from.
    ///   - settings: Where to listen and what to serve.
    ///   - logger: Where its own faults are told.
    ///   - onListening: Called once with the port when the address is taken.
    /// - Throws: ``WebError`` for settings that must not or cannot be served, such as an address that is not loopback.
    public init(
        data: ConsoleData,
        settings: WebSettings,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) throws(WebError) {
        try settings.check()
        (self.data, self.settings, self.logger, self.onListening) = (data, settings, logger, onListening)
    }

    /// Listens until graceful shutdown or cancellation.
    ///
    /// - Throws: ``WebError`` when the address cannot be taken or the pages are not there.
    public func run() async throws {
        try await self.checkPages()
        do {
            try await self.application.run()
        } catch let error as IOError {
            throw self.listenError(error)
        }
    }

    /// The application around the router.
    var application: some ApplicationProtocol {
        Application(
            router: self.router(),
            server: .http1(configuration: .init(idleTimeout: .seconds(75))),
            configuration: ApplicationConfiguration(
                address: .hostname(
                    self.settings.host == "localhost" ? "127.0.0.1" : self.settings.host,
                    port: self.settings.port
                ),
                availableConnectionsDelegate: MaximumAvailableConnections(self.settings.connectionLimit)
            ),
            onServerRunning: { channel in
                await self.onListening(channel.localAddress?.port ?? self.settings.port)
            },
            logger: self.logger
        )
    }

    /// Every route, and the pages for whatever is no route.
    func router() -> Router<Context> {
        let router = Router(context: Context.self, options: .autoGenerateHeadEndpoints)
        let counts = RequestCounts()
        router.add(middleware: FrontDoor<Context>(counts: counts))
        router.add(
            middleware: FileMiddleware<Context, LocalFileSystem>(
                self.settings.staticFolder,
                searchForIndexHtml: true,
                logger: self.logger
            )
        )
        let group = router.group("api/v1")
        let updates = LiveUpdates(self.data, self.settings, counts, self.logger)
        StatusRoutes(data: self.data, updates: updates).add(to: group)
        DeviceRoutes(data: self.data).add(to: group)
        HealthRoutes(data: self.data).add(to: group)
        HopRoutes(data: self.data).add(to: group)
        TicketRoutes(data: self.data).add(to: group)
        RateRoutes(data: self.data).add(to: group)
        ReportRoutes(data: self.data).add(to: group)
        group.get("openapi.json") { request, context in
            _ = try Question(request, context)
            return JSONResponse(APIDescription.json)
        }
        ServiceRoutes(data: self.data, settings: self.settings, counts: counts).add(to: router)
        return router
    }

    private func checkPages() async throws {
        let folder = self.settings.staticFolder
        let files = LocalFileSystem(
            rootFolder: folder,
            threadPool: NIOThreadPool.singleton,
            logger: self.logger
        )
        guard let page = files.getFileIdentifier("/index.html"),
            try await files.getAttributes(id: page) != nil
        else {
            throw WebError(
                operation: .configure,
                subject: folder,
                reason: "the console's pages are not there (no index.html)",
                mend: "name the folder Dashboards/web of the installation"
            )
        }
    }

    private func listenError(_ error: IOError) -> WebError {
        let (reason, mend) =
            switch error.errnoCode {
            case ErrorNumber.addressInUse:
                (
                    "the port is in use",
                    "stop the program that has it (ss -ltnp 'sport = :\(self.settings.port)' names it) "
                        + "or set web.listen to another port"
                )
            case ErrorNumber.accessDenied:
                (
                    "the system does not allow it",
                    "ports below 1024 are root's; set web.listen to a higher port"
                )
            default:
                (error.description, "set web.listen to an address of this machine")
            }
        return WebError(operation: .listen, subject: self.settings.address, reason: reason, mend: mend)
    }

    /// Linux's numbers (asm-generic/errno.h), written out because nothing else here needs the C library.
    private enum ErrorNumber {
        static let accessDenied: CInt = 13
        static let addressInUse: CInt = 98
    }
}
