import Foundation
import ServiceRuntime
import System
import TestSupport
import TestTraits
import Testing

@Suite("The folder of a model", .waiting)
struct ModelFolderTests {
    /// A new empty folder, and the model `m` in it.
    private let models: String
    private let folder: ModelFolder

    init() throws {
        models =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("cryptostream-models-\(UUID().uuidString.prefix(8))").path
        folder = ModelFolder(models: models, name: "m")
    }

    private func remove() { try? FileManager.default.removeItem(atPath: models) }

    private func add(_ text: String = "model") throws -> Int {
        let place = try folder.add { place throws(ModelFolderError) in
            [ModelFolder.File("model.bin", Array("\(text) \(place.version)".utf8)), ModelFolder.File("card.json", [])]
        }
        return place.version
    }

    private func content(_ version: Int) throws -> String {
        try folder.model(version).withBytes { bytes in bytes.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    @Test("versions are 1, 2, 3, and the newest is served until another is named")
    func versions() throws {
        defer { remove() }
        #expect(try folder.versions() == [] && folder.current() == nil)
        for version in 1...3 {
            #expect(try add() == version)
            #expect(try folder.current() == version)
        }
        try folder.use(1)
        #expect(try folder.current() == 1)
        #expect(try String(contentsOfFile: "\(folder.path)/current", encoding: .utf8) == "1\n")
        #expect(try folder.versions() == [1, 2, 3] && content(3) == "model 3")
        #expect(try names() == ["1", "2", "3", "current", "previous"])
    }

    @Test("the version that was served before is known, and a change to the same one changes nothing of it")
    func previous() throws {
        defer { remove() }
        #expect(folder.previous == nil)
        #expect(try add() == 1 && folder.previous == nil)
        #expect(try add() == 2 && folder.previous == 1)
        #expect(try folder.use(2) == 2 && folder.previous == 1)
        #expect(try folder.use(1) == 2 && folder.previous == 2)
        // What is not there, or cannot be read, was not served.
        try FileManager.default.removeItem(atPath: "\(folder.path)/2")
        #expect(folder.previous == nil)
        try "nonsense".write(toFile: "\(folder.path)/previous", atomically: false, encoding: .utf8)
        #expect(try folder.previous == nil && folder.current() == 1)
        #expect(try add() == 2 && folder.previous == 1)
    }

    @Test(
        "whether a version can be served is asked while no other writer can change it, and what is refused changes nothing"
    )
    func checked() throws {
        defer { remove() }
        for version in 1...2 { #expect(try add() == version) }
        let failure = ModelFolderError("x", "no", mend: "y")
        var asked: [Int] = []
        #expect(throws: failure) {
            try folder.use(1) { version throws(ModelFolderError) in
                asked.append(version)
                throw failure
            }
        }
        #expect(try asked == [1] && folder.current() == 2 && folder.previous == 1)
        var isFree: Bool?
        let path = folder.path
        try folder.use(1) { _ throws(ModelFolderError) in
            isFree = try? FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY).lock()
        }
        #expect(try isFree == false && folder.current() == 1)
        #expect(throws: ModelFolderError.self) { try folder.use(9) { _ throws(ModelFolderError) in asked.append(9) } }
        #expect(asked == [1])
    }

    @Test("a challenger has a version, too, and is not served")
    func challenger() throws {
        defer { remove() }
        #expect(try add() == 1)
        let second = try folder.add(.never) { _ throws(ModelFolderError) in [ModelFolder.File("model.bin", [1])] }
        #expect(try second.version == 2 && !second.isServed && folder.current() == 1)
    }

    @Test("a version takes the place of the one that it was held against, and of no other that was chosen meanwhile")
    func overtaken() throws {
        defer { remove() }
        func add(inPlaceOf version: Int?) throws -> Bool {
            try folder.add(.inPlace(of: version)) { _ throws(ModelFolderError) in
                [ModelFolder.File("model.bin", [1])]
            }.isServed
        }
        #expect(try add(inPlaceOf: nil) && folder.current() == 1)
        #expect(try !add(inPlaceOf: nil) && folder.current() == 1)
        #expect(try add(inPlaceOf: 1) && folder.current() == 3)
        try folder.use(2)
        #expect(try !add(inPlaceOf: 3) && folder.current() == 2)
        // What cannot be read names nothing, then as now.
        try "nonsense".write(toFile: "\(folder.path)/current", atomically: false, encoding: .utf8)
        #expect(try !add(inPlaceOf: 2))
        #expect(try add(inPlaceOf: nil) && folder.current() == 6)
    }

    @Test("where the name of the served version cannot be written, nothing is left of the new one")
    func unnamed() throws {
        defer { remove() }
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/current/full", withIntermediateDirectories: true)
        #expect(throws: ModelFolderError.self) { try add() }
        #expect(try folder.versions() == [] && names() == ["current"])
    }

    @Test("a folder of a number that no version has does no harm, and behind the largest one there is none")
    func largest() throws {
        defer { remove() }
        for name in ["9223372036854775807", "1000000000"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
        }
        #expect(try folder.versions() == [] && add() == 1)
        try FileManager.default.createDirectory(
            atPath: "\(folder.path)/999999999", withIntermediateDirectories: false)
        let error = try #require(throws: ModelFolderError.self) { try add() }
        #expect("\(error)".contains("move it away"))
    }

    @Test("what does not belong there is left alone, and gives no version")
    func foreign() throws {
        defer { remove() }
        #expect(try add() == 1)
        let files = FileManager.default
        for name in ["notes.txt", "7", "02", "model-9"] {
            #expect(files.createFile(atPath: "\(folder.path)/\(name)", contents: Data("x".utf8)))
        }
        try files.createDirectory(atPath: "\(folder.path)/old", withIntermediateDirectories: false)
        #expect(try folder.versions() == [1])
        #expect(try add() == 2)
        #expect(try names() == ["02", "1", "2", "7", "current", "model-9", "notes.txt", "old", "previous"])
    }

    @Test("a file that has a version's number is not written over")
    func taken() throws {
        defer { remove() }
        #expect(try add() == 1)
        #expect(FileManager.default.createFile(atPath: "\(folder.path)/2", contents: Data("mine".utf8)))
        let error = try #require(throws: ModelFolderError.self) { try add() }
        #expect("\(error)".contains("/m/2") && "\(error)".contains("move it away"))
        #expect(try String(contentsOfFile: "\(folder.path)/2", encoding: .utf8) == "mine")
        #expect(try folder.current() == 1 && names() == ["1", "2", "current"])
    }

    @Test("a folder that is not there, or names nothing, says what to do")
    func current() throws {
        defer { remove() }
        let error = try #require(throws: ModelFolderError.self) { try folder.use(3) }
        #expect("\(error)".contains("there is no version 3 of m"))
        #expect(try add() == 1)
        for text in ["", "2\n", "01\n", "nonsense", "1\n1\n", String(repeating: "1", count: 1000)] {
            try text.write(toFile: "\(folder.path)/current", atomically: false, encoding: .utf8)
            let error = try #require(throws: ModelFolderError.self) { try folder.current() }
            #expect("\(error)".contains("--use m:VERSION"), "\(text)")
        }
        try folder.use(1)
        #expect(try folder.current() == 1)
    }

    @Test("what a killed trainer left is gone with the next version, and a failure leaves nothing")
    func remains() throws {
        defer { remove() }
        #expect(try add() == 1)
        let files = FileManager.default
        try files.createDirectory(atPath: "\(folder.path)/.new-2", withIntermediateDirectories: false)
        #expect(files.createFile(atPath: "\(folder.path)/.new-2/model.bin", contents: Data("half".utf8)))
        #expect(files.createFile(atPath: "\(folder.path)/.new-current", contents: Data("9".utf8)))
        let failure = ModelFolderError("x", "no", mend: "y")
        #expect(throws: failure) {
            try folder.add { _ throws(ModelFolderError) in throw failure }
        }
        #expect(try names() == ["1", "current"])
        // A name that no file can have: the second file fails when the first is written.
        #expect(throws: ModelFolderError.self) {
            try folder.add { _ throws(ModelFolderError) in
                [ModelFolder.File("model.bin", [1]), ModelFolder.File(String(repeating: "x", count: 300), [2])]
            }
        }
        #expect(try names() == ["1", "current"])
        #expect(try add() == 2)
    }

    @Test("two hundred writers at once get a version each, and the last one is served")
    func together() async throws {
        defer { remove() }
        let folder = folder
        let versions = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<200 {
                group.addTask {
                    try folder.add { place throws(ModelFolderError) in
                        [ModelFolder.File("model.bin", Array("\(writer) wrote \(place.version)".utf8))]
                    }.version
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(versions.sorted() == Array(1...200))
        #expect(try folder.versions() == Array(1...200) && folder.current() == 200)
        for version in 1...200 { #expect(try content(version).hasSuffix("wrote \(version)")) }
    }

    @Test(
        "names that would leave the folder, or hide in it, are none",
        arguments: ["", ".", "..", "a/b", ".x", "é", "a b"])
    func names(name: String) {
        #expect(ModelName.problem(in: name) != nil)
        #expect(VersionName("\(name):1") == nil)
    }

    @Test("a version's name is a name and a number")
    func versionNames() {
        #expect(VersionName("horizon:3").map { "\($0)" } == "horizon:3")
        for text in ["horizon", "horizon:", "horizon:0", "horizon:-1", "horizon:03", "horizon:3:4", ":3", "horizon:+3"]
        {
            #expect(VersionName(text) == nil, "\(text)")
        }
    }
}
