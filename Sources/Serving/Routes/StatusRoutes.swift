import HTTPServer
import JSONCore

/// The routes that tell how the server is and what it answers.
enum StatusRoutes {
    static let all: [Route] = [
        Route(
            method: "GET", path: "/", errors: .textEmbeddings, summary: "A page to try the models by hand",
            needsKey: false, answer: page),
        Route(
            method: "GET", path: "/health", errors: .textEmbeddings,
            summary: "200 while requests are taken, else 503",
            needsKey: false, answer: health),
        Route(
            method: "GET", path: "/ping", errors: .textEmbeddings, summary: "As /health", needsKey: false,
            answer: health),
        Route(
            method: "GET", path: "/version", errors: .openAI, summary: "The version of the program",
            needsKey: false,
            answer: version),
        Route(
            method: "GET", path: "/metrics", errors: .textEmbeddings,
            summary: "Counts and times for Prometheus",
            needsKey: false, answer: metrics),
        Route(
            method: "GET", path: "/openapi.json", errors: .textEmbeddings, summary: "This document",
            needsKey: false,
            answer: document),
    ]

    private static func health(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        HTTPResponse(status: call.service.isReady ? 200 : 503)
    }

    private static func page(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        var response = HTTPResponse.text(ServingPage.document, type: "text/html; charset=utf-8")
        response.headers.append((name: "content-security-policy", value: ServingPage.policy))
        response.headers.append((name: "x-content-type-options", value: "nosniff"))
        return response
    }

    private static func version(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        .json(["version": .string(call.service.options.version)])
    }

    private static func metrics(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        .text(
            call.service.metrics.text(queueCount: call.service.scheduler.queueCount),
            type: "text/plain; version=0.0.4; charset=utf-8")
    }

    /// The OpenAPI document, made of the table of routes itself.
    private static func document(_ call: RouteCall) async throws(ServingError) -> HTTPResponse {
        var paths = JSONObject()
        for route in RouteTable.ofAllFamilies.all {
            var item = paths[route.path]?.object ?? JSONObject()
            item[route.method.lowercased()] = operation(of: route)
            paths[route.path] = .object(item)
        }
        return .json([
            "openapi": "3.1.0",
            "info": ["title": "apr serve", "version": .string(call.service.options.version)],
            "paths": .object(paths),
            "components": ["securitySchemes": ["key": ["type": "http", "scheme": "bearer"]]],
        ])
    }

    private static func operation(of route: Route) -> JSONValue {
        var responses: JSONObject = ["200": ["description": "Done"]]
        if route.example != nil {
            let invalid = route.errors == .textEmbeddings ? "422" : "400"
            responses["400"] = ["description": "The body is no JSON, or has no text"]
            responses[invalid] = ["description": "The request cannot be answered as it is"]
            responses["413"] = ["description": "The body is too long"]
        }
        if route.computes {
            responses["429"] = ["description": "Too many requests are being answered"]
            responses["504"] = ["description": "The model was not reached in time"]
        }
        var operation: JSONObject = [
            "summary": .string(route.summary), "responses": .object(responses),
            "security": route.needsKey ? [[:], ["key": []]] : [[:]],
        ]
        if route.path.contains("{model}") {
            operation["parameters"] = [
                ["name": "model", "in": "path", "required": true, "schema": ["type": "string"]]
            ]
        }
        if let example = route.example {
            operation["requestBody"] = [
                "required": true,
                "content": ["application/json": ["schema": ["type": "object"], "example": example]],
            ]
        }
        return .object(operation)
    }
}
