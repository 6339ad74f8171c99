//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 4096

// The answers of an HTTP server.

typealias Subject = HTTPReading
