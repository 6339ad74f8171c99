//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// The packets of a picture stream: RTP, RTCP, and the pictures that are put together from them.

typealias Subject = PacketReading
