//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 2048

// A playlist of HLS.
// Fed to it as it now is: 10.3 million inputs without a finding; the slowest takes 500 µs, the fuzzer 59 MiB.

typealias Subject = PlaylistReading
