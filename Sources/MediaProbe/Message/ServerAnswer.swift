/// What an RTSP or HTTP server answered (RFC 2326, 7; RFC 9112, 4).
struct ServerAnswer: Equatable {
    var status: Int
    var reason: String
    /// Names in lower case, in the order in which they came.
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    /// The first header of the name, which is in lower case.
    func first(_ name: String) -> String? {
        self.headers.first { $0.name == name }?.value
    }

    /// All headers of the name.
    func all(_ name: String) -> [String] {
        self.headers.filter { $0.name == name }.map(\.value)
    }

    static func == (one: ServerAnswer, other: ServerAnswer) -> Bool {
        one.status == other.status && one.reason == other.reason && one.body == other.body
            && one.headers.elementsEqual(other.headers) { $0 == $1 }
    }
}
