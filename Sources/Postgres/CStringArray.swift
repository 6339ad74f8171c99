/// Texts laid out one behind the other as C wants them, with the pointers to each; `nil` stays `nil`.
struct CStringArray {
    private var bytes: [UInt8] = []
    private var offsets: [Int?] = []

    init(_ texts: [String?]) {
        self.offsets.reserveCapacity(texts.count)
        for text in texts {
            guard let text else {
                self.offsets.append(nil)
                continue
            }
            self.offsets.append(self.bytes.count)
            self.bytes.append(contentsOf: text.utf8)
            self.bytes.append(0)
        }
    }

    /// Lends the pointers; they are good only inside `body`.
    func withPointers<Result>(_ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result) -> Result {
        self.bytes.withUnsafeBytes { bytes in
            let pointers = self.offsets.map { offset in
                offset.flatMap { bytes.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            }
            return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
        }
    }
}
