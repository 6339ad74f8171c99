//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// Values of AMF0, as RTMP and FLV carry them.

typealias Subject = ScriptReading
