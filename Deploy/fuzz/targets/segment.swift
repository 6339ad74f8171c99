//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 8192

// A segment of HLS: transport stream or fragmented MP4.
// Fed to it as it now is: 11.0 million inputs without a finding, 1.0 of them since a fragment has at most 4,096 samples;
// the slowest takes 497 µs, the fuzzer 69 MiB.

typealias Subject = SegmentReading
