/// Why a model cannot be trained, read or used.
package enum ModelError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A setting is out of its range; the text says which range.
    case setting(String)
    /// There are no rows to learn from.
    case noRows
    /// All rows that weigh anything have this one target.
    case oneClass(UInt8)
    /// Rows, columns, targets or weights do not fit each other, or a value cannot be used.
    case badRows(String)
    /// Trees, columns or nodes are more than the program holds; the text says how many are.
    case tooLarge(String)
    /// The bytes are not a model file.
    case notAModel
    /// The model file is of a version that this program does not read.
    case version(Int)
    /// The model file ends early, or a byte of it was changed.
    case damaged(String)
    /// The bytes are a model of another kind than is read here; the text says what is not taken.
    case unsupported(String)
    /// A forest of somebody else's asks for another number of features than its rows have.
    case otherCount(wanted: Int, found: Int)
    /// The rows have other features than the model was trained with.
    case otherFeatures(wanted: [String], found: [String])

    package var description: String {
        switch self {
        case .setting(let range): range
        case .noRows: "there are no rows to learn from"
        case .oneClass(let target): "all rows have the target \(target): there is nothing to tell apart"
        case .badRows(let what): what
        case .tooLarge(let limit): limit
        case .notAModel: "this is not a model file of CryptoStream"
        case .version(let version): "the model file has version \(version), which this program does not read"
        case .damaged(let what): "the model file is damaged: \(what); train it anew or copy it again"
        case .unsupported(let what): "the model cannot be taken: \(what)"
        case .otherCount(let wanted, let found):
            "the model cannot be taken: a forest of \(found) features, where \(wanted) are wanted"
        case .otherFeatures(let wanted, let found):
            "the model wants the features \(wanted.joined(separator: ", ")), "
                + "the rows have \(found.joined(separator: ", "))"
        }
    }
}
