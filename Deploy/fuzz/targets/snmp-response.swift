//: module SNMP
//: sources Sources/SNMP Tests/SNMPTests/ResponseProperties.swift Tests/SNMPTests/BERWriter+Value.swift
//: most 4096

internal import Glibc

// An SNMP community message (v1, v2c) as it comes from anybody on the network.

/// How many bytes are allocated now, by the sanitizer's count; `nil` where the program was built without it.
private let heapInUse: (@convention(c) () -> Int)? = dlsym(nil, "__sanitizer_get_current_allocated_bytes").map
{
    unsafeBitCast($0, to: (@convention(c) () -> Int).self)
}

/// Called by the fuzzer for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let raw = UnsafeRawBufferPointer(start: start, count: count)
    let before = heapInUse?() ?? 0
    let message = try? ReadMessage(raw.bytes)
    let held = (heapInUse?() ?? 0) - before
    // What a message makes us hold is in proportion to what it cost its sender.
    precondition(
        held <= ReadMessage.mostBytesHeld(for: count),
        "\(count) bytes of a datagram make us hold \(held)"
    )
    if let broken = message?.brokenProperty() { fatalError(broken) }
    return 0
}

/// What is timed: the reading alone.
func timed(_ raw: UnsafeRawBufferPointer) {
    _ = try? ReadMessage(raw.bytes)
}
