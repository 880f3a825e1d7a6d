internal import CryptoCore
internal import HTTPServer
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Brings silences of HTTP's clients to the topic, on a thread of its own, and answers once all that is told goes by them.
///
///     client ─▶ leave ─▶ (thread) written, acknowledged ─▶ read by the alerter itself ─▶ answered
///
/// An order that nobody waits for any more is not carried out. *Thread*: any; one calls `run`.
final class SilenceDesk: Sendable {
    /// What a client wants to have changed.
    private struct Order: Sendable {
        let change: SilenceChange
        let response: HTTPResponse
        let answer: PendingAnswer

        func log(to context: ServiceContext) {
            guard let silence = change.silence else {
                return context.log.info("a silence that had not begun was taken away", ["id": change.id])
            }
            context.log.info(
                "a silence was written",
                [
                    "id": silence.id, "matchers": silence.matchers, "from": UTCTime.text(ms: silence.from),
                    "until": UTCTime.text(ms: silence.until), "by": silence.by,
                ])
        }
    }

    /// How long a client waits. *Units*: ms.
    static let patienceMs: Int64 = 10_000
    /// What the client gets who has waited so long.
    static let lateAnswer = HTTPError.unavailable(
        "Kafka does not answer: nobody knows whether the silence was written; GET /silences shows it if it was"
    ).response
    /// How long Kafka may take. *Units*: ms.
    private static let writeMs: Int64 = 8_000
    /// Further clients hear at once that there are too many.
    private static let mostOrders = 16

    private let orders = Monitor<[Order]>([])
    /// What the alerter itself has read.
    let board: SilenceBoard

    init(_ board: SilenceBoard) { self.board = board }

    /// Leaves an order for the thread.
    /// - Parameter response: what the client gets when it is done.
    /// - Throws: `.overloaded`.
    func leave(_ change: SilenceChange, _ response: HTTPResponse, for answer: PendingAnswer) throws(HTTPError) {
        let isTaken = orders.change { orders in
            orders.removeAll { !$0.answer.isWanted }
            guard orders.count < SilenceDesk.mostOrders else { return false }
            orders.append(Order(change: change, response: response, answer: answer))
            return true
        }
        if !isTaken { throw .overloaded }
    }

    /// Carries out orders until stop is requested.
    func run(_ context: ServiceContext) {
        while !context.stop.isRequested {
            let next: [Order]? = orders.wait(ms: 100) { orders in
                defer { orders = [] }
                return orders.isEmpty ? nil : orders.filter(\.answer.isWanted)
            }
            if let next, !next.isEmpty { carryOut(next, context) }
        }
    }

    private func carryOut(_ orders: [Order], _ context: ServiceContext) {
        let changes = orders.map(\.change) + overdue(at: SystemClock().wallMs()).map { SilenceChange(without: $0) }
        do throws(KafkaError) {
            let places = try SilenceTopic(context: context).write(changes, timeoutMs: SilenceDesk.writeMs)
            for order in orders { order.log(to: context) }
            let isRead = context.stop.wait(ms: SilenceDesk.patienceMs) { board.hasRead(places) }
            for order in orders { order.answer.send(isRead ? order.response : SilenceDesk.lateAnswer) }
        } catch {
            context.log.warning("silences were not written", ["count": orders.count, "error": "\(error)"])
            for order in orders { order.answer.send(SilenceDesk.lateAnswer) }
        }
    }

    /// Ids of silences that are over for so long that nobody needs them.
    private func overdue(at nowMs: Int64) -> [String] {
        (board.list ?? []).filter { $0.until < nowMs - Silences.keptMs }.map(\.id)
    }
}
