//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 2048

// The chunks and messages of an RTMP server.

typealias Subject = RTMPReading
