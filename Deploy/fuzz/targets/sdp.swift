//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// The description of a stream that a server gives.

typealias Subject = DescriptionReading
