internal import CLibCurl

/// What curl itself said of a call that failed.
struct CurlFailure: Error {
    let code: CURLcode
    let words: String
}

/// The library's process-wide start, which must happen once, before any handle.
private enum CurlLibrary {
    static let status: UInt32 = clibcurl_start().rawValue
}

/// The one owner of an easy handle, with its connections, its TLS sessions and its error text.
///
/// `@unchecked Sendable`: libcurl-thread(3) lets a handle move between threads as long as one at a time uses
/// it, which sole ownership and the session's `mutating` functions see to.
struct CurlHandle: ~Copyable, @unchecked Sendable {
    private let pointer: UnsafeMutableRawPointer
    private let words: UnsafeMutablePointer<CChar>

    init() throws(TransferError) {
        let started = CURLcode(CurlLibrary.status)
        guard started == CURLE_OK else {
            throw TransferError(.start, "libcurl", .other, String(cString: curl_easy_strerror(started)))
        }
        guard let pointer = curl_easy_init() else {
            throw TransferError(.start, "libcurl", .other, "no handle could be made")
        }
        self.pointer = pointer
        self.words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        self.words.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        let pointer = self.pointer
        PipeSignal.withheld { curl_easy_cleanup(pointer) }
        self.words.deallocate()
    }

    /// Forgets every option and keeps the connections.
    func reset() {
        curl_easy_reset(self.pointer)
    }

    func set(_ option: CURLoption, _ value: Int) throws(CurlFailure) {
        try self.check(clibcurl_set_long(self.pointer, option, value))
    }

    func set(_ option: CURLoption, offset value: Int) throws(CurlFailure) {
        try self.check(clibcurl_set_offset(self.pointer, option, curl_off_t(value)))
    }

    /// `nil` takes the option away, its built-in default too.
    func set(_ option: CURLoption, _ value: String?) throws(CurlFailure) {
        try self.check(clibcurl_set_text(self.pointer, option, value))
    }

    /// The list must outlive the transfer.
    func set(_ option: CURLoption, _ list: borrowing CurlList) throws(CurlFailure) {
        try self.check(clibcurl_set_list(self.pointer, option, list.first))
    }

    /// Copied by curl.
    func set(body: [UInt8]) throws(CurlFailure) {
        try self.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: body.count)
        let code = body.withUnsafeBytes { bytes in
            // An empty array may have no address at all, and curl takes NULL for *read it from the reader*.
            guard let address = bytes.baseAddress else { return clibcurl_copy_body(self.pointer, "") }
            return clibcurl_copy_body(self.pointer, address)
        }
        try self.check(code)
    }

    /// Runs the transfer that the options describe, with `exchange` giving and taking the bytes.
    func perform(_ exchange: CurlExchange) throws(CurlFailure) {
        self.words.pointee = 0
        let context = Unmanaged.passUnretained(exchange).toOpaque()
        try self.check(clibcurl_set_pointer(self.pointer, CURLOPT_ERRORBUFFER, self.words))
        for option in [CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_XFERINFODATA] {
            try self.check(clibcurl_set_pointer(self.pointer, option, context))
        }
        try self.check(
            clibcurl_set_receiver(self.pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
                CurlExchange.at(context)?.receive(
                    body: UnsafeRawBufferPointer(start: bytes, count: size * count)
                )
                    ?? 0
            }
        )
        try self.check(
            clibcurl_set_receiver(self.pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
                CurlExchange.at(context)?.receive(
                    header: UnsafeRawBufferPointer(start: bytes, count: size * count)
                )
                    ?? 0
            }
        )
        try self.check(
            clibcurl_set_reader(self.pointer) { bytes, size, count, context in
                CurlExchange.at(context)?
                    .send(into: UnsafeMutableRawBufferPointer(start: bytes, count: size * count)) ?? 0
            }
        )
        try self.check(
            clibcurl_set_progress(self.pointer) { context, _, _, _, _ in
                CurlExchange.at(context)?.mustStop() == false ? 0 : 1
            }
        )
        try self.set(CURLOPT_NOPROGRESS, 0)
        let pointer = self.pointer
        let code = PipeSignal.withheld { withExtendedLifetime(exchange) { curl_easy_perform(pointer) } }
        try self.check(code)
    }

    /// 0 when the other side has not said one.
    var status: Int {
        var status = 0
        guard clibcurl_get_long(self.pointer, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK else { return 0 }
        return status
    }

    /// Where a 3xx points, made absolute.
    var redirectAddress: String? {
        var text: UnsafeMutablePointer<CChar>?
        guard clibcurl_get_text(self.pointer, CURLINFO_REDIRECT_URL, &text) == CURLE_OK else { return nil }
        return text.map { String(cString: $0) }
    }

    private func check(_ code: CURLcode) throws(CurlFailure) {
        guard code != CURLE_OK else { return }
        let own = String(cString: self.words)
        throw CurlFailure(code: code, words: own.isEmpty ? String(cString: curl_easy_strerror(code)) : own)
    }
}

/// The one owner of a list of lines handed to curl.
struct CurlList: ~Copyable {
    let first: UnsafeMutablePointer<curl_slist>?

    init(_ lines: [String]) throws(CurlFailure) {
        var first: UnsafeMutablePointer<curl_slist>?
        for line in lines {
            guard let longer = curl_slist_append(first, line) else {
                curl_slist_free_all(first)
                throw CurlFailure(code: CURLE_OUT_OF_MEMORY, words: "no memory for a list")
            }
            first = longer
        }
        self.first = first
    }

    deinit { curl_slist_free_all(self.first) }
}
