//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// What a server says about how it wants to be told who we are, and our answer.
// Fed to it as it now is: 1.3 million inputs without a finding; the slowest takes 207 µs, the fuzzer 51 MiB.

typealias Subject = AccessReading
