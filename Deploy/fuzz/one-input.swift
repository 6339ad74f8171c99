internal import Glibc

// The way in of the fuzzer and of the timing for every target: a target names what reads its inputs, `Subject`.

/// How many bytes are allocated now, by the sanitizer's count; `nil` where the program was built without it.
private let heapInUse: (@convention(c) () -> Int)? = dlsym(nil, "__sanitizer_get_current_allocated_bytes").map
{
    unsafeBitCast($0, to: (@convention(c) () -> Int).self)
}

/// The most processor time for one input, with the sanitizer, which makes a reader some ten times slower. Without it the
/// timing of `Deploy/fuzz/run` is stricter.
private let mostNanoseconds: Int64 = 50_000_000

/// The processor time that this thread has had: a busy machine is not taken for a slow reader.
private func processorTime() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}

/// Called by the fuzzer once before all inputs: what is made once and kept is not put down to the first of them.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _: UnsafeMutablePointer<CInt>?,
    _: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    _ = Subject([]).brokenProperty()
    return 0
}

/// Called by the fuzzer for every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    let before = heapInUse?() ?? 0
    let began = processorTime()
    let reading = Subject(bytes)
    var took = processorTime() - began
    let held = (heapInUse?() ?? 0) - before
    // What is slow is slow again; a machine that others use may stall once and count it as ours.
    for _ in 0..<3 where took > mostNanoseconds {
        let again = processorTime()
        _ = Subject(bytes)
        took = min(took, processorTime() - again)
    }
    // What an input makes us hold, and do, is in proportion to what it cost its sender.
    guard held <= Subject.mostBytesHeld(for: count) else { fatalError("\(count) bytes make us hold \(held)") }
    guard took <= mostNanoseconds else { fatalError("\(count) bytes keep us busy for \(took / 1_000) µs") }
    if let broken = reading.brokenProperty() { fatalError(broken) }
    return 0
}

/// What is timed: the reading alone.
func timed(_ raw: UnsafeRawBufferPointer) {
    _ = Subject(Array(raw))
}
