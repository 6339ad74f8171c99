/// What codecs of sound are called, whichever protocol names them.
enum SoundName {
    /// By the name that RTP, MP4, FLV, a transport stream or a file's reader has for it; a name that we do not know stays
    /// as it is.
    static func common(_ name: String) -> String {
        let lower = name.lowercased()
        // ITU-T G.726 at its several rates: `G726-32`, `AAL2-G726-16`.
        if lower.contains("g726") { return "G726" }
        switch lower {
        case "aac", "mpeg4-generic", "mp4a-latm", "mp4a", "aac_latm": return "AAC"
        case "pcma", "alaw", "pcm_alaw": return "PCMA"
        case "pcmu", "ulaw", "pcm_mulaw": return "PCMU"
        case "pcm", "l16", "l8", "sowt", "twos", "lpcm", "pcm_s16le", "pcm_s16be", "pcm_u8": return "PCM"
        case "opus": return "Opus"
        case "flac": return "FLAC"
        case "speex": return "Speex"
        case "mp3", ".mp3": return "MP3"
        case "mpa", "mpa-robust": return "MPA"
        case "ac3", "ac-3": return "AC3"
        case "eac3", "ec-3": return "EAC3"
        case "g722", "g729", "g723": return lower.uppercased()
        default: return name
        }
    }
}
