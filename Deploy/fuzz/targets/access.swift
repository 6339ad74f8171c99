//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// What a server says about how it wants to be told who we are, and our answer.

typealias Subject = AccessReading
