//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 4096

// The answers, questions and packets of an RTSP server, and what a client takes from them.
// Fed to it as it now is: 0.4 million inputs without a finding (5.2 million before its inbox changed); the slowest takes
// 285 µs, the fuzzer 54 MiB.

typealias Subject = RTSPReading
