internal import Glibc

// The way in of the fuzzer and of the timing for a target that only names what reads its inputs: `Subject`.

/// How many bytes are allocated now, by the sanitizer's count; `nil` where the program was built without it.
private let heapInUse: (@convention(c) () -> Int)? = dlsym(nil, "__sanitizer_get_current_allocated_bytes").map
{
    unsafeBitCast($0, to: (@convention(c) () -> Int).self)
}

/// Called by the fuzzer for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let before = heapInUse?() ?? 0
    let reading = Subject(bytes)
    let held = (heapInUse?() ?? 0) - before
    // What an input makes us hold is in proportion to what it cost its sender.
    precondition(held <= Subject.mostBytesHeld(for: count), "\(count) bytes make us hold \(held)")
    if let broken = reading.brokenProperty() { fatalError(broken) }
    return 0
}

/// What is timed: the reading alone.
func timed(_ raw: UnsafeRawBufferPointer) {
    _ = Subject(Array(raw))
}
