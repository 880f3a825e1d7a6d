"""An invented day of eighteen markets as a recording for `--source replay`, the same for the same seed.

Coins share one movement of the whole market and have one of their own; minutes are calm or busy in turns, trades come more often when prices
move, and takers lean to where the price will go. Beside what is usual there is what a dashboard is for: a feed that was cut for nine minutes, a
market that fell silent, and a coin that jumps.
"""
import collections, json, math, random

MINUTE = 60_000
DAY = 1440

# What a market is: its source and symbol, the coin, its price, decimals, turnover of a day and trades a minute.
Market = collections.namedtuple("Market", "source symbol coin price decimals turnover rate")
MARKETS = [Market(*row) for row in (
    ("bybit-linear", "BTC-USDT", "BTC", 64_210.0, 1, 5.24e9, 60), ("binance", "BTC-USDT", "BTC", 64_205.0, 2, 1.57e9, 60),
    ("coinbase", "BTC-USD", "BTC", 64_240.0, 2, 9.9e8, 24), ("kraken", "BTC-USD", "BTC", 64_236.0, 1, 3.1e8, 14),
    ("bybit-linear", "ETH-USDT", "ETH", 3_120.4, 2, 1.79e9, 40), ("binance", "ETH-USDT", "ETH", 3_119.8, 2, 8.2e8, 40),
    ("coinbase", "ETH-USD", "ETH", 3_121.6, 2, 3.26e8, 18), ("okx", "SOL-USDT", "SOL", 152.31, 2, 2.61e8, 20),
    ("coinbase", "SOL-USD", "SOL", 152.36, 2, 1.94e8, 14), ("binance", "XRP-USDT", "XRP", 0.5931, 4, 1.65e8, 16),
    ("binance", "ADA-USDT", "ADA", 0.4426, 4, 6.4e7, 12), ("okx", "DOGE-USDT", "DOGE", 0.13874, 5, 9.8e7, 14),
    ("kraken", "LTC-USD", "LTC", 81.12, 2, 1.7e7, 8), ("binance", "XMR-USDT", "XMR", 163.4, 1, 5.8e6, 8),
    ("bybit-linear", "PEPE-USDT", "PEPE", 0.00001865, 8, 3.4e7, 12), ("kraken", "ZEC-USD", "ZEC", 35.36, 2, 5.3e5, 6),
    ("coingecko", "BTC-USD", "BTC", 64_228.0, 2, 2.9e10, 0), ("coingecko", "ETH-USD", "ETH", 3_120.9, 2, 1.4e10, 0))]
# How much of the whole market's movement a coin has, and how much it moves by itself.
COINS = {"BTC": (.8, .4), "ETH": (.9, .7), "SOL": (.8, 1.2), "XRP": (.4, 1.1), "ADA": (.5, 1.2), "DOGE": (.6, 1.6), "LTC": (.4, .9),
         "XMR": (.2, .8), "PEPE": (.5, 2.4), "ZEC": (.2, 1.3)}
# Minutes before the recording's `now`: a feed is cut, a market falls silent, a coin jumps.
CUT = {"source": "coinbase", "from": 44, "to": 35}
SILENT = {"coin": "XMR", "from": 5}
JUMP = {"coin": "PEPE", "at": 2, "by": .016}


def paths(past, ahead, rng):
    """For each coin the logarithm of its price at each minute, 0 at `past`; the weight of each minute's turnover beside it."""
    calm, busy = 0.0, []
    market, moves = [0.0], {coin: [0.0] for coin in COINS}
    for minute in range(-past, ahead):
        calm = .97 * calm + rng.gauss(0, .14)
        heat = math.exp(calm) * (1 + .35 * math.sin(2 * math.pi * minute / DAY))
        market.append(market[-1] + rng.gauss(0, .00042 * heat))
        busy.append(heat * rng.uniform(.6, 1.5))
        for coin, (_, own) in COINS.items():
            jump = JUMP["by"] if (coin, -minute) == (JUMP["coin"], JUMP["at"]) else 0
            moves[coin].append(moves[coin][-1] + rng.gauss(jump, .00042 * own * heat))
    return {coin: [share * (whole - market[past]) + alone - moves[coin][past] for whole, alone in zip(market, moves[coin])]
            for coin, (share, _) in COINS.items()}, busy


def ticks_of(market, now, past, path, busy, rng):
    """The ticks of one market in order, from `past` minutes before `now` on, a minute for each step of the path."""
    spread, basis, number = 10.0 ** -market.decimals, 0.0, rng.randrange(10**8)
    size = market.turnover / DAY / max(1, market.rate) / market.price
    for minute, heat in enumerate(busy):
        start = now + (minute - past) * MINUTE
        if (market.coin, past - minute) == (JUMP["coin"], JUMP["at"]):
            heat *= 9
        basis = .9 * basis + rng.gauss(0, .00002)
        before, after = (market.price * math.exp(log + basis) for log in path[minute:minute + 2])
        base = {"source": market.source, "symbol": market.symbol}
        if not market.rate:
            yield quote(market, base, start + 7_000, after, path, minute)
            continue
        often = .5 + .5 * heat
        count = max(1, round(market.rate * often * rng.uniform(.7, 1.3)))
        # Takers know a little of the minute to come.
        lean = max(-.15, min(.15, 160 * (path[min(minute + 2, len(path) - 1)] - path[minute + 1])))
        for at in sorted(rng.random() for _ in range(count)):
            time = start + int(at * MINUTE)
            buys = rng.random() < .5 + lean
            price = before + (after - before) * min(1, at / .6) + before * rng.gauss(0, .00004) + (spread if buys else -spread) / 2
            quantity = size * heat / often * rng.lognormvariate(-.6, 1.1)
            number += 1
            yield base | {
                "kind": "trade", "event_time": time, "ingest_time": time + rng.randrange(40, 240), "trade_id": str(number),
                "price": round(price, market.decimals), "quantity": float(f"{quantity:.5g}"), "side": "buy" if buys else "sell"}


def quote(market, base, time, price, path, minute):
    """What a page of prices tells once a minute: beside the price its change since a day."""
    change = 100 * (math.exp(path[minute + 1] - path[max(0, minute + 1 - DAY)]) - 1)
    return base | {"kind": "quote", "event_time": time, "ingest_time": time + 900, "price": round(price, market.decimals),
                   "change_24h_pct": round(change, 4), "volume_24h": round(market.turnover / price, 3)}


def recording(now, past, ahead, seed=1):
    """Lines of a recording: `past` minutes before `now` all at once, then as many as `ahead` minutes at their time. *Units*: `now` in ms; its
    minute is meant: the market's minutes are those of the clock."""
    now -= now % MINUTE
    rng = random.Random(seed)
    logs, busy = paths(past, ahead, rng)
    ticks = []
    for market in MARKETS:
        own = ticks_of(market, now, past, logs[market.coin], busy, random.Random(f"{seed} {market}"))
        ticks += broken(market, now, own) if ahead else own
    ticks.sort(key=lambda tick: tick["event_time"])
    for tick in ticks:
        # What is past is due at the start; all else when it was taken in. What is read until the clock is caught up with was fetched after its time.
        late = {"backfilled": True} if tick["kind"] == "trade" and tick["event_time"] < now + 2 * MINUTE else {}
        yield json.dumps(tick | {"ingest_time": max(tick["ingest_time"], now)} | late, separators=(",", ":"))


def broken(market, now, ticks):
    """The ticks without those that the cut and the silence took, with the gap that a producer would write."""
    start, end = (now - CUT[side] * MINUTE for side in ("from", "to"))
    for tick in ticks:
        time = tick["event_time"]
        is_silent = market.coin == SILENT["coin"] and time >= now - SILENT["from"] * MINUTE
        if not is_silent and not (market.source == CUT["source"] and start <= time < end):
            yield tick
    if market.source == CUT["source"]:
        yield {"source": market.source, "symbol": market.symbol, "kind": "gap", "event_time": end, "ingest_time": end,
               "gap_from": start, "gap_to": end, "reason": "disconnect"}
