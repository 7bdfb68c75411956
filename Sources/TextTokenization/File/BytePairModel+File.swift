import JSONCore

extension BytePairModel {
    /// Reads the model of a file.
    ///
    /// - Parameters:
    ///   - isByteLevel: whether all pieces are in the byte-level alphabet; a vocabulary with all 256 bytes then has
    ///     no unknown text.
    ///   - tables: the vocabulary and the merges, if they have been read already.
    init(
        _ reader: JSONReader, isByteLevel: Bool, tables: (VocabularyTable, MergeTable)?
    ) throws(TokenizerError) {
        try Self.checkOptions(reader)
        let (vocabulary, merges): (VocabularyTable, MergeTable)
        if let tables {
            (vocabulary, merges) = tables
        } else {
            vocabulary = try Self.vocabulary(reader.required("vocab"))
            merges = try Self.merges(reader.required("merges"), vocabulary)
        }
        var unknownID: Int32?
        var missingUnknown: TokenizerError?
        if let unknown = try reader.optional("unk_token") {
            unknownID = vocabulary.id(of: try unknown.string())
            if unknownID == nil {
                missingUnknown = unknown.failure(.unknownTokenMissing(try unknown.string()))
            }
        }
        self.init(
            vocabulary: vocabulary, merges: merges,
            ignoresMerges: try reader.bool("ignore_merges", default: false),
            fusesUnknown: try reader.bool("fuse_unk", default: false),
            unknownID: unknownID,
            fallsBackToBytes: try reader.bool("byte_fallback", default: false))
        if let missingUnknown, !(isByteLevel && takesRawBytes) { throw missingUnknown }
    }

    private static func checkOptions(_ reader: JSONReader) throws(TokenizerError) {
        // Early files lack the type of their model; only byte-pair encoding has merges.
        if let type = try reader.optional("type") {
            let name = try type.string()
            guard name.utf8.elementsEqual("BPE".utf8) else {
                throw reader.failure(.unsupportedComponent("model \(name)"))
            }
        } else if try reader.optional("merges") == nil {
            throw TokenizerError(.missing, at: "model.type")
        }
        if let dropout = try reader.optional("dropout") {
            guard case .number(let number) = dropout.value else {
                throw dropout.failure(.wrongType(expected: "a number", found: dropout.value.kind))
            }
            guard number.double == 0 else {
                throw dropout.failure(.unsupportedOption("dropout \(number.literal)"))
            }
        }
        for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
            guard let affix = try reader.optional(key), !(try affix.string().isEmpty) else { continue }
            throw affix.failure(.unsupportedOption("\(key) \"\(try affix.string())\""))
        }
    }

    private static func vocabulary(_ reader: JSONReader) throws(TokenizerError) -> VocabularyTable {
        let members = try reader.object().members
        var table = VocabularyTable(capacity: members.count)
        for member in members {
            let id: Int32
            if case .number(let number) = member.value, let value = number.int, value >= 0,
                let exact = Int32(exactly: value)
            {
                id = exact
            } else {
                id = try JSONReader(member.value, path: "\(reader.path)[\"\(member.key)\"]").id()
            }
            var key = member.key
            switch key.withUTF8({ table.insert($0, id: id) }) {
            case .inserted, .textTaken: break  // the JSON reader lets no key pass twice
            case .idTaken(let other): throw reader.failure(.duplicateID(id, other, member.key))
            case .tooLong: throw reader.failure(.vocabularyTooLarge)
            }
        }
        return table
    }

    private static func merges(
        _ reader: JSONReader, _ vocabulary: VocabularyTable
    ) throws(TokenizerError) -> MergeTable {
        guard let elements = reader.value.array else {
            throw reader.failure(.wrongType(expected: "an array", found: reader.value.kind))
        }
        var table = MergeTable(capacity: elements.count)
        var joined: [UInt8] = []
        var rank: UInt32 = 0
        for (index, element) in elements.enumerated() {
            func failure(_ rule: TokenizerError.Rule) -> TokenizerError {
                TokenizerError(rule, at: "\(reader.path)[\(index)]")
            }
            let isLine: Bool
            var split = 0
            joined.removeAll(keepingCapacity: true)
            switch element {
            case .string(var line):
                if line.utf8.starts(with: "#version".utf8) { continue }
                isLine = true
                line.withUTF8 { joined.append(contentsOf: $0) }
            case .array(let parts):
                isLine = false
                guard parts.count == 2, var left = parts[0].string, var right = parts[1].string else {
                    throw failure(.malformedMerge)
                }
                left.withUTF8 { joined.append(contentsOf: $0) }
                split = joined.count
                right.withUTF8 { joined.append(contentsOf: $0) }
            default:
                throw failure(.wrongType(expected: "a string or an array", found: element.kind))
            }
            if isLine {
                guard let space = joined.firstIndex(of: 0x20), joined.lastIndex(of: 0x20) == space else {
                    throw failure(.malformedMerge)
                }
                joined.remove(at: space)
                split = space
            }
            guard split > 0, split < joined.count else { throw failure(.malformedMerge) }
            let ids = joined.withUnsafeBufferPointer { text in
                (
                    vocabulary.id(of: text.slice(0, split)), vocabulary.id(of: text.slice(split, text.count)),
                    vocabulary.id(of: text)
                )
            }
            guard let left = ids.0 else {
                throw failure(.mergeOutOfVocabulary(String(decoding: joined[..<split], as: UTF8.self)))
            }
            guard let right = ids.1 else {
                throw failure(.mergeOutOfVocabulary(String(decoding: joined[split...], as: UTF8.self)))
            }
            guard let id = ids.2 else {
                throw failure(.mergeOutOfVocabulary(String(decoding: joined, as: UTF8.self)))
            }
            table.insert(left, right, rank: rank, id: id)
            rank += 1
        }
        return table
    }
}
