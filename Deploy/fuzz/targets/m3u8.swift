//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 2048

// A playlist of HLS.

typealias Subject = PlaylistReading
