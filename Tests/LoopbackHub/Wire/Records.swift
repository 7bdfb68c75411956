import Foundation
import Synchronization

/// Which of the listeners a request came to.
enum ServerName: String, Sendable, CaseIterable {
    case hub
    case storage
    case elsewhere
    case control
}

/// The requests and answers, for the tests to read. Tokens are recorded by name only.
struct Record: Sendable {
    var number: Int
    var server: ServerName
    var method: String
    var host: String
    var path: String
    var query: String
    var authorization: String
    var range: String?
    var userAgent: String?
    var contentLength: Int?
    var requestID: String
    var fault: Int?
    var status = 0
    var requestBytes = 0
    var responseBytes = 0
    var started: Date
    var seconds = 0.0

    var json: JSON {
        [
            "n": .integer(number), "server": .string(server.rawValue), "method": .string(method),
            "host": .string(host), "path": .string(path), "query": .string(query),
            "authorization": .string(authorization), "range": range.map(JSON.string) ?? nil,
            "userAgent": userAgent.map(JSON.string) ?? nil,
            "contentLength": contentLength.map(JSON.integer) ?? nil, "requestID": .string(requestID),
            "fault": fault.map(JSON.integer) ?? nil, "status": .integer(status),
            "requestBytes": .integer(requestBytes), "responseBytes": .integer(responseBytes),
            "seconds": .number(seconds),
        ]
    }
}

/// All requests since the start or the last clearing, oldest first.
final class Records: Sendable {
    private let state = Mutex<(entries: [Int: Record], next: Int)>(([:], 1))

    func begin(_ make: (Int) -> Record) -> RecordHandle {
        state.withLock { state in
            let number = state.next
            state.next += 1
            state.entries[number] = make(number)
            return RecordHandle(number: number, records: self)
        }
    }

    func update(_ number: Int, _ change: (inout Record) -> Void) {
        state.withLock { state in
            guard var record = state.entries[number] else { return }
            change(&record)
            state.entries[number] = record
        }
    }

    func clear() {
        state.withLock { $0.entries = [:] }
    }

    var all: [Record] {
        state.withLock { $0.entries.values.sorted { $0.number < $1.number } }
    }
}

/// One entry of `Records` that is still being filled in.
struct RecordHandle: Sendable {
    let number: Int
    let records: Records

    func count(request bytes: Int) {
        records.update(number) { $0.requestBytes += bytes }
    }

    func count(response bytes: Int) {
        records.update(number) { $0.responseBytes += bytes }
    }

    func end(status: Int) {
        records.update(number) {
            $0.status = status
            $0.seconds = Date().timeIntervalSince($0.started)
        }
    }
}
