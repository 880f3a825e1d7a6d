internal import CryptoCore
internal import HTTPServer
internal import ServiceKit
internal import ServiceRuntime

/// Why a request gets no prediction; each case is a status and a reason that is counted.
enum Refusal: Error, Equatable, Sendable {
    /// 400: the body is no JSON.
    case notJSON(String)
    /// 422: a field is not as the model wants it.
    case field(Fault, String)
    /// 400: which of several models is meant?
    case ambiguous(String)
    /// 400: tensors that do not fit the model or themselves.
    case tensor(String)
    /// 404: no model, or no version, of that name.
    case unknownModel(String)
    /// 413: too many rows.
    case tooManyRows(Int)
    /// 415: the body is packed.
    case packed(String)
    /// 503: no model is served.
    case noModel(String)

    /// What is wrong with a field.
    enum Fault: String, Sendable, CaseIterable { case unknown, missing, twice, null, type, nan, overflow }

    /// The reasons under which refusals are counted.
    static let reasons =
        ["not_json", "ambiguous", "tensor", "unknown_model", "rows", "packed", "no_model"]
        + Fault.allCases.map(\.rawValue)

    var reason: String {
        switch self {
        case .notJSON: "not_json"
        case .field(let fault, _): fault.rawValue
        case .ambiguous: "ambiguous"
        case .tensor: "tensor"
        case .unknownModel: "unknown_model"
        case .tooManyRows: "rows"
        case .packed: "packed"
        case .noModel: "no_model"
        }
    }

    private var status: Int {
        switch self {
        case .notJSON, .ambiguous, .tensor: 400
        case .unknownModel: 404
        case .tooManyRows: 413
        case .packed: 415
        case .field: 422
        case .noModel: 503
        }
    }

    private var text: String {
        switch self {
        case .notJSON(let text), .ambiguous(let text), .tensor(let text), .unknownModel(let text), .packed(let text),
            .noModel(let text), .field(_, let text):
            text
        case .tooManyRows(let most): "there are more than \(most) rows: send them in several requests"
        }
    }

    /// `{"error":"quantity: is missing"}`.
    var response: HTTPResponse { .error(text, status: status) }

    /// A name of the client's in a message: short. *Complexity*: constant, however long the name is.
    static func shown(_ name: String) -> String {
        name.prefix(61).count > 60 ? name.prefix(57) + "..." : name
    }
}
