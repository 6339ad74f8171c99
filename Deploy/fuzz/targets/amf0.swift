//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// Values of AMF0, as RTMP and FLV carry them.
// Fed to it as it now is: 10.0 million inputs without a finding; the slowest takes 24 µs, the fuzzer 55 MiB.

typealias Subject = ScriptReading
