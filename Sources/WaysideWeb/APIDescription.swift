internal import WaysideReports
enum APIDescription { static let json: JSONText = .null }
