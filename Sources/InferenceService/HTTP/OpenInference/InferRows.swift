internal import CryptoCore

/// The rows that the tensors of a request are: one tensor of rows in the model's column order, or one tensor a feature by its name.
struct InferRows {
    /// *Shape*: `rows × features`, row after row, each value finite.
    let values: [Float]
    let rowCount: Int

    /// - Throws: `.tensor`, `.tooManyRows`.
    init(_ request: InferRequest, _ features: [AskedModel.Feature], _ message: RawSpan) throws(Refusal) {
        do throws(Refusal) {
            if request.inputs.count == 1, request.inputs[0].shape.count == 2 {
                (values, rowCount) = try InferRows.matrix(request.inputs[0], features, message)
            } else {
                (values, rowCount) = try InferRows.columns(request.inputs, features, message)
            }
        } catch {
            // The protocol has one status for whatever is wrong with a request.
            if case .field(_, let text) = error { throw .tensor(text) }
            throw error
        }
    }

    private static func matrix(
        _ tensor: Tensor, _ features: [AskedModel.Feature], _ message: RawSpan
    ) throws(Refusal) -> ([Float], Int) {
        guard tensor.shape[1] == features.count else {
            throw .tensor(
                "\(tensor.title) has \(tensor.shape[1]) columns, and the model has "
                    + "\(features.count): \(names(features))")
        }
        guard tensor.datatype == .fp32 || tensor.datatype == .fp64 else {
            throw .tensor("\(tensor.title): a tensor of rows is of FP32 or FP64")
        }
        let rowCount = tensor.shape[0]
        guard rowCount <= RowReader.mostRows else { throw .tooManyRows(RowReader.mostRows) }
        var values: [Float] = []
        let count = try tensor.count(atMost: RowReader.mostRows * features.count)
        values.reserveCapacity(count)
        var column = 0
        try tensor.forEachValue(count, message) { (_, value) throws(Refusal) in
            values.append(try FeatureValue.checked(value, features[column]))
            column = column + 1 == features.count ? 0 : column + 1
        }
        return (values, rowCount)
    }

    private static func columns(
        _ tensors: [Tensor], _ features: [AskedModel.Feature], _ message: RawSpan
    ) throws(Refusal) -> ([Float], Int) {
        var rowCount: Int?
        var values: [Float] = []
        var isThere = [Bool](repeating: false, count: features.count)
        for tensor in tensors {
            guard let index = features.firstIndex(where: { $0.name == tensor.name }) else {
                throw .tensor(
                    "\(tensor.title) is none of the model's: send one tensor of shape "
                        + "[rows, \(features.count)], or one for each of \(names(features))")
            }
            if isThere[index] { throw .tensor("\(tensor.title) stands there twice") }
            isThere[index] = true
            guard tensor.shape.count == 1 || (tensor.shape.count == 2 && tensor.shape[1] == 1) else {
                throw .tensor("\(tensor.title) must have the shape [rows]")
            }
            let rows = tensor.shape[0]
            guard rows <= RowReader.mostRows else { throw .tooManyRows(RowReader.mostRows) }
            if let rowCount, rowCount != rows {
                throw .tensor("\(tensor.title) has \(rows) rows, and one before it \(rowCount)")
            }
            if rowCount == nil { values = [Float](repeating: 0, count: rows * features.count) }
            rowCount = rows
            try tensor.forEachValue(rows, message) { (row, value) throws(Refusal) in
                values[row * features.count + index] = try FeatureValue.checked(value, features[index])
            }
        }
        if let index = isThere.firstIndex(of: false) {
            throw .tensor("the input \(features[index].name) is missing; the model has \(names(features))")
        }
        return (values, rowCount ?? 0)
    }

    private static func names(_ features: [AskedModel.Feature]) -> String {
        features.map(\.name).joined(separator: ", ")
    }
}
