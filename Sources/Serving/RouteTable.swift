import HTTPServer
import JSONCore

/// A request on its way through a route.
struct RouteCall: Sendable {
    let service: ClassificationService
    let request: HTTPRequest
    /// What stands for `{model}` in the path.
    let parameter: String?

    /// The body as an object.
    func object() throws(ServingError) -> JSONObject {
        let limits = JSONLimits(depth: 32, bytes: service.options.payloadLimit, values: 1_000_000)
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(request.body, limits: limits, duplicateKeys: .lastWins)
        } catch {
            throw ServingError(.malformed, "the body is no JSON: \(error)")
        }
        guard let object = value.object else {
            throw ServingError(.invalid, "the body is \(value.kind); expected an object")
        }
        return object
    }

    /// The model of the path or of a field; the first one where neither names one.
    func model(named field: JSONValue? = nil) throws(ServingError) -> ServedModel {
        let named = field.flatMap { $0.isNull ? nil : $0 }
        guard named == nil || named?.string != nil else {
            throw ServingError(.invalid, "\"model\" is \(named?.kind ?? ""); expected a string")
        }
        guard let name = parameter ?? named?.string else { return service.models.first }
        guard let model = service.models.model(named: name) else {
            let names = service.models.all.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw ServingError(.notFound, "the model \"\(name)\" is not served here; there is \(names)")
        }
        return model
    }
}

/// One path with one method.
struct Route: Sendable {
    let method: String
    /// The path; `{model}` stands for a model's name, which may have slashes.
    let path: String
    let errors: ErrorStyle
    let summary: String
    /// Whether a key is needed where there is one.
    var needsKey = true
    /// Whether it waits for the model, so that only so many may be answered at a time.
    var computes = false
    /// A body that it answers; nil where it reads none.
    var example: JSONValue?
    let answer: @Sendable (RouteCall) async throws(ServingError) -> HTTPResponse

    /// What stands for `{model}` in a path, or an empty text where the route has none; nil for another path.
    fileprivate func parameter(in path: String) -> String? {
        guard let mark = self.path.firstRange(of: "{model}") else { return path == self.path ? "" : nil }
        let (start, end) = (self.path[..<mark.lowerBound], self.path[mark.upperBound...])
        guard path.hasPrefix(start), path.hasSuffix(end), path.utf8.count > start.utf8.count + end.utf8.count
        else { return nil }
        return PercentEncoding.decoded(path.dropFirst(start.count).dropLast(end.count))
    }
}

/// All routes, and the document that describes them.
struct RouteTable: Sendable {
    let all: [Route]

    /// The routes of every family. Of two that fit a path, the first counts.
    static let ofAllFamilies = RouteTable(
        all: TextEmbeddingsRoutes.all + InferenceAPIRoutes.all + ClassifyRoutes.all + KServeRoutes.all
            + StatusRoutes.all)

    /// The routes with a path, which differ in their method, and what stands for `{model}`.
    func routes(at path: String) -> (routes: [Route], parameter: String?)? {
        for route in all {
            guard let parameter = route.parameter(in: path) else { continue }
            return (all.filter { $0.path == route.path }, parameter.isEmpty ? nil : parameter)
        }
        return nil
    }
}

/// `%2F` and the like in paths.
enum PercentEncoding {
    /// The text without escapes; nil if one is malformed or the bytes are no UTF-8.
    static func decoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
