//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// Parameter sets of H.264 and H.265, alone and in containers, and NAL units.

typealias Subject = ParameterSetReading
