//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// What a server says about how it wants to be told who we are, and our answer.
// Fed to it as it now is: 10.0 million inputs without a finding; the slowest takes 135 µs, the fuzzer 53 MiB.

typealias Subject = AccessReading
