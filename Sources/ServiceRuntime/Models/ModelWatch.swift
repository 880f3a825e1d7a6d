internal import Glibc
internal import System

/// Which versions are served, by what lies in the folder of all models: it is looked at, and what changed is read.
///
/// A model by its name:
///
///     nothing ─▶ served ─▶ served (another version, or the same one written anew)
///        │         │ ▲
///        ▼         ▼ │ what is wrong was mended
///     refused    served on, and what `current` names is refused
///
/// A model whose `current` is gone is served no more; while the folder of all models cannot be read, nothing changes.
struct ModelWatch: Sendable {
    /// After so long a version that could not be read is tried again, though nothing of it changed. *Units*: milliseconds.
    private static let retryMs: Int64 = 30_000

    /// What happened to a model.
    enum Event: Sendable {
        case loaded(ServedModel)
        case refused(name: String, reason: String)
        case gone(name: String)
    }

    /// The state of one name, or of one shadow.
    private struct Entry {
        var served: ServedModel?
        /// Why that which should be served is not; nil where it is.
        var problem: String?
        /// What was tried last.
        var tried: Wanted?
        var triedMs: Int64 = 0
    }
    /// What should be served: a version, and which content its file has.
    private struct Wanted: Equatable {
        let version: Int
        let stamp: FileStamp
    }

    private let folder: String
    private let shadowNames: [VersionName]
    private var entries: [String: Entry] = [:]
    private var shadowEntries: [Entry]
    /// Why the folder of all models cannot be read; nil where it can.
    private(set) var folderProblem: String?

    init(folder: String, shadows: [VersionName]) {
        self.folder = folder
        shadowNames = shadows
        shadowEntries = shadows.map { _ in Entry() }
    }

    /// What is served, by name.
    var models: [ServedModel] { entries.values.compactMap(\.served).sorted { $0.name < $1.name } }

    /// The shadows that could be read, in the order in which they were named.
    var shadows: [ServedModel] { shadowEntries.compactMap(\.served) }

    /// Why something that should be served is not, by name; shadows as `name:version`.
    var problems: [String: String] {
        var found = entries.compactMapValues(\.problem)
        for (name, entry) in zip(shadowNames, shadowEntries) { found["\(name)"] = entry.problem }
        return found
    }

    /// Looks at all of it, at `nowMs` of a clock that never goes back. *Complexity*: a few system calls a model where nothing changed.
    mutating func look(nowMs: Int64) -> [Event] {
        var events: [Event] = []
        do throws(SystemError) {
            let names = try Directory.entries(folder).filter {
                ModelName.problem(in: $0) == nil && Directory.isThere("\(folder)/\($0)")
            }
            folderProblem = nil
            for name in Set(names).union(entries.keys).sorted() {
                let entry = look(at: name, entries[name] ?? Entry(), nowMs, &events)
                entries[name] = entry.served == nil && entry.problem == nil ? nil : entry
            }
        } catch { folderProblem = error.code == ENOENT ? "there is no folder \(folder)" : "\(folder): \(error)" }
        for (index, name) in shadowNames.enumerated() {
            let folder = ModelFolder(models: folder, name: name.name)
            take(version: name.version, of: folder, as: "\(name)", nowMs, &shadowEntries[index], &events)
        }
        return events
    }

    /// One name: what its `current` says.
    private func look(at name: String, _ entry: Entry, _ nowMs: Int64, _ events: inout [Event]) -> Entry {
        var entry = entry
        let folder = ModelFolder(models: folder, name: name)
        do throws(ModelFolderError) {
            if let version = try folder.current() {
                take(version: version, of: folder, as: name, nowMs, &entry, &events)
            } else {
                if entry.served != nil { events.append(.gone(name: name)) }
                entry = Entry()
            }
        } catch {
            entry.tried = nil
            refuse(error, as: name, &entry, &events)
        }
        return entry
    }

    /// Reads a version, unless it is served already or was refused a moment ago.
    private func take(
        version: Int, of folder: ModelFolder, as name: String, _ nowMs: Int64, _ entry: inout Entry,
        _ events: inout [Event]
    ) {
        let file = folder.path(of: ModelFolder.modelFile, version: version)
        do throws(ModelFolderError) {
            let wanted: Wanted
            do throws(SystemError) { wanted = Wanted(version: version, stamp: try FileStamp(path: file)) } catch {
                entry.tried = nil
                throw folder.unreadable(file, error)
            }
            let isDue = entry.problem != nil && nowMs - entry.triedMs >= ModelWatch.retryMs
            guard wanted != entry.tried || isDue else { return }
            (entry.tried, entry.triedMs) = (wanted, nowMs)
            let model = try ServedModel(folder, version: version)
            (entry.served, entry.problem) = (model, nil)
            events.append(.loaded(model))
        } catch { refuse(error, as: name, &entry, &events) }
    }

    /// What was served stays; the same reason is told once.
    private func refuse(_ error: ModelFolderError, as name: String, _ entry: inout Entry, _ events: inout [Event]) {
        guard entry.problem != error.description else { return }
        entry.problem = error.description
        events.append(.refused(name: name, reason: error.description))
    }
}
