// A view whose question failed asks it again by itself when what was away is back.

/** It is not asked more often than this, whatever the state says. */
const LEAST_MS = 5_000;

/** {failed(), worked(), heard(change)}: `run` is called when a question has failed and the page is live with the store ready. */
export function comeback(live, run) {
  let waits = false, askedAt = 0;
  return {
    failed() {
      waits = true;
      askedAt = Date.now();
    },
    worked() {
      waits = false;
    },
    heard(change) {
      if (!waits || !(change.status || change.snapshot || change.connection || change.tick)) return;
      const { connection, store } = live.state;
      if (connection !== "live" || store?.state === "away" || Date.now() - askedAt < LEAST_MS) return;
      askedAt = Date.now();
      run();
    },
  };
}
