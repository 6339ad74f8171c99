public import WaysideCore

/// What it would take to put a fault right, by what was seen (处置建议): the order in which gateway staff look.
public enum CauseAdvice {
    /// What to do about a cause, in both languages; `nil` where the cause says nothing to do.
    public static func words(of cause: Cause) -> String? {
        switch cause {
        case .timeout, .unreachable:
            "查供电、链路和摄像机 · look at power, link and camera; an upstream that is down explains it"
        case .refused: "主机在线，服务未开：查视频服务和端口配置 · the host is up, the service is closed: its configuration"
        case .dns: "查域名和域名服务器 · mend the name in the inventory, or the name server"
        case .tlsFailed, .certificateInvalid: "更换或信任证书 · renew the certificate, or trust it"
        case .notFound: "查路径和通道号 · the path or the channel is wrong"
        case .protocolError: "查通道和编码设置 · the channel or codec settings; what answers is not a stream"
        case .noMedia: "会话正常但无数据：重启编码或查推流进程 · it answers and sends nothing: restart the encoder or the push"
        case .noKeyframe: "查关键帧间隔 · shorten the key-frame interval"
        case .unsupportedCodec: "改用 H.264 或 H.265 · set it to H.264 or H.265"
        case .stalePlaylist: "查推流和切片进程 · the push or the segmenter has stopped"
        case .authFailed: "更正凭据（勿反复尝试，以免锁定） · correct the credential; do not try often, it may lock"
        case .lockedOut: "等待解锁后更正凭据 · wait until it unlocks, then correct the credential"
        case .busy: "会话数已满，不是离线：减少取流方 · its sessions are used up, it is not offline: take off a viewer"
        case .lossHigh: "查网络质量和链路带宽 · the network loses packets: look along the links"
        case .bitrateLow: "查码率设置和画面 · the bit rate setting, or a still picture"
        case .timestampsJump: "查编码器和校时 · the encoder's clock leaps: look at its time source"
        case .partialAnswer, .threshold: "查设备状态 · look at the device's own state"
        case .signalLoss, .black, .frozen, .torn, .occluded, .blurred, .tooDark, .tooBright, .lowContrast,
            .colourCast,
            .snow, .stripes, .sceneChanged, .shaking, .clockWrong, .textWrong:
            "到现场查镜头、摄像机和线缆 · a visit: lens, camera and cable"
        case .selfOverloaded, .selfNetwork, .selfClock, .collectorGap:
            "本系统原因，与设备无关：见 wayside doctor · it is our own fault: see wayside doctor"
        }
    }

    /// What to do about a disagreement of places.
    public static func words(of finding: HopTable.Finding) -> String {
        switch finding {
        case .cloudStale: "查网关推流和平台切片 · look at the gateway's push and the platform's segments"
        case .notPushed: "查网关推流进程、平台发布点和链路 · the gateway's push process, the publishing point, the link"
        case .platformAway: "查平台服务和到平台的链路 · the platform's service, and our way to it"
        case .cloudPlaysOn:
            "核对云端信号源，再查本系统到摄像机的路由 · see what the platform really plays under this name; then our way to the camera"
        case .directMisaddressed: "更正档案中的视频地址 · correct the stream's address in the inventory"
        case .lostOnTheWay: "查中断环节的设备 · look at the device of the place that fails"
        }
    }
}
