//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 8192

// A segment of HLS: transport stream or fragmented MP4.

typealias Subject = SegmentReading
