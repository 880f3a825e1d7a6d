/// A model as bytes.
package enum ModelFile {
    /// The model's file.
    package static func encode(_ model: Model) -> [UInt8] { [] }

    /// Reads a model's file.
    package static func decode(_ bytes: RawSpan) throws(ModelError) -> Model { throw .notAModel }
}
