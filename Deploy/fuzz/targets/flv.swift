//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 4096

// An FLV stream: tags, pictures, sound, script.

typealias Subject = FLVReading
