//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// An address out of an inventory, and words of the server behind it.

typealias Subject = AddressReading
