internal import WaysideCore

/// In which language a text is written (语言).
public enum NoticeLanguage: String, Hashable, Sendable, CaseIterable {
    /// Chinese (中文), the trade's own.
    case chinese = "zh"
    /// English (英文).
    case english = "en"
}

/// The trade's words for the codes of the core, in both languages; every code has its word, or the compiler
/// says so.
struct NoticeTerms {
    let language: NoticeLanguage

    private func word(_ chinese: String, _ english: String) -> String {
        switch self.language {
        case .chinese: chinese
        case .english: english
        }
    }

    /// What the notice tells, fit for a title.
    func title(_ kind: Notice.Kind) -> String {
        switch kind {
        case .opened: self.word("新建", "opened")
        case .warned: self.word("催办,时限将至", "deadline approaching")
        case .breached: self.word("已超时", "deadline breached")
        case .closed: self.word("销单", "closed")
        case .reopened: self.word("重开", "opened again")
        case .merged: self.word("归并", "merged")
        case .escalated: self.word("升级", "escalated")
        }
    }

    func term(_ kind: Device.Kind) -> String {
        switch kind {
        case .camera: self.word("摄像机", "camera")
        case .encoder: self.word("编码器", "encoder")
        case .recorder: self.word("录像机", "recorder")
        case .switch: self.word("交换机", "switch")
        case .gateway: self.word("视频上云网关", "gateway")
        case .link: self.word("运营商链路", "carrier link")
        case .ups: self.word("不间断电源", "UPS")
        case .server: self.word("服务器", "server")
        case .platform: self.word("平台", "platform")
        }
    }

    func term(_ direction: Direction) -> String {
        switch direction {
        case .ascending: self.word("上行", "ascending")
        case .descending: self.word("下行", "descending")
        case .both: self.word("双向", "both directions")
        }
    }

    func term(_ facet: Facet) -> String {
        switch facet {
        case .reachability: self.word("可达", "reachability")
        case .stream: self.word("视频流", "stream")
        case .picture: self.word("图像", "picture")
        case .recording: self.word("录像", "recording")
        }
    }

    /// The ministry's `classify`; nothing for 0 and for what it does not define.
    func position(_ positionClass: Int) -> String? {
        switch positionClass {
        case 1: self.word("道路沿线", "along the road")
        case 2: self.word("桥梁", "bridge")
        case 3: self.word("隧道", "tunnel")
        case 4: self.word("收费广场", "toll plaza")
        case 5: self.word("收费站", "toll station")
        case 6: self.word("服务区", "service area")
        case 7: self.word("ETC门架", "ETC gantry")
        case 8: self.word("移动视频源", "mobile source")
        default: nil
        }
    }

    func term(_ reason: NoticeFacts.Reason) -> String {
        switch reason {
        case .repaired: self.word("已修复,复测正常", "repaired, and probes agree")
        case .recovered: self.word("自行恢复,复测正常", "came back by itself, and probes agree")
        case .upstream: self.word("由上级设备或链路故障引起", "explained by a fault upstream")
        case .recurrence: self.word("同一故障再次发生", "the same fault came back")
        }
    }

    func term(_ cause: Cause) -> String {
        switch cause {
        case .timeout: self.word("超时无应答", "no answer in time")
        case .refused: self.word("连接被拒绝", "connection refused")
        case .unreachable: self.word("网络不可达", "unreachable")
        case .dns: self.word("域名解析失败", "name not resolved")
        case .tlsFailed: self.word("加密连接失败", "TLS failed")
        case .notFound: self.word("通道或路径不存在", "no such channel or path")
        case .protocolError: self.word("协议错误", "protocol error")
        case .noMedia: self.word("无媒体数据", "no media")
        case .noKeyframe: self.word("无关键帧", "no key frame")
        case .unsupportedCodec: self.word("编码格式不支持", "unsupported codec")
        case .stalePlaylist: self.word("播放列表未更新", "stale playlist")
        case .partialAnswer: self.word("应答不完整", "partial answer")
        case .certificateInvalid: self.word("证书无效", "invalid certificate")
        case .authFailed: self.word("认证失败", "authentication failed")
        case .lockedOut: self.word("账号被锁定", "locked out")
        case .busy: self.word("设备忙,会话数已满", "busy")
        case .lossHigh: self.word("丢包率高", "high loss")
        case .bitrateLow: self.word("码率过低", "low bit rate")
        case .timestampsJump: self.word("时间戳跳变", "time stamps jump")
        case .threshold: self.word("指标越限", "a metric is over its threshold")
        case .signalLoss: self.word("视频信号丢失", "signal loss")
        case .black: self.word("黑屏", "black picture")
        case .frozen: self.word("画面冻结", "frozen picture")
        case .torn: self.word("花屏", "torn picture")
        case .occluded: self.word("画面遮挡", "occluded picture")
        case .blurred: self.word("画面模糊", "blurred picture")
        case .tooDark: self.word("画面过暗", "picture too dark")
        case .tooBright: self.word("画面过亮", "picture too bright")
        case .lowContrast: self.word("对比度低", "low contrast")
        case .colourCast: self.word("偏色", "colour cast")
        case .snow: self.word("雪花噪声", "snow noise")
        case .stripes: self.word("条纹干扰", "stripes")
        case .sceneChanged: self.word("场景变更", "scene changed")
        case .shaking: self.word("画面抖动", "shaking picture")
        case .clockWrong: self.word("时钟叠加错误", "wrong clock in the picture")
        case .textWrong: self.word("字符叠加错误", "wrong text in the picture")
        case .selfOverloaded: self.word("监测系统过载", "our prober was full")
        case .selfNetwork: self.word("监测系统自身网络故障", "our own network")
        case .selfClock: self.word("监测系统时钟异常", "our own clock")
        case .collectorGap: self.word("采集中断", "our collector stopped")
        }
    }
}
