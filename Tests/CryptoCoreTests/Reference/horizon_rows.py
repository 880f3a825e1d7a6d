"""Rows of `horizon` by pandas, of trades that a formula makes: prints what HorizonRowTests pins.

Usage: python3 horizon_rows.py (takes pandas)
"""
import numpy as np
import pandas as pd

i = np.arange(1200)
trades = pd.DataFrame({
    "time": 1_700_000_040_000 + i * 1700 + i * i * 7919 % 1500,
    "price": 30_000 + (i * i * 31 + i * 17) % 401 * 0.5 + i // 100 * 20,
    "quantity": 1 + i * 37 % 64 / 64,
    "buy": (i * i * 13 + i * 5) % 7 < 4,
}).sort_values("time", kind="stable")
trades["minute"] = trades.time // 60_000 * 60_000
trades["amount"] = trades.price * trades.quantity
trades["signed"] = np.where(trades.buy, trades.quantity, -trades.quantity)
by = trades.groupby("minute")
minutes = pd.DataFrame({
    "avg": by.price.mean(), "close": by.price.last(), "volume": by.quantity.sum(), "amount": by.amount.sum(),
    "signed": by.signed.sum(), "count": by.price.count(), "side": np.where(by.buy.last(), 1, -1),
})
minutes = minutes.reindex(range(minutes.index[0], minutes.index[-1] + 60_000, 60_000))
last_buy = trades[trades.buy].groupby("minute").price.last().reindex(minutes.index).ffill()
last_sell = trades[~trades.buy].groupby("minute").price.last().reindex(minutes.index).ffill()
mid = (last_buy + last_sell) / 2
rows = pd.DataFrame({f"r{k}": np.log(minutes.avg / minutes.avg.shift(k)) for k in range(1, 7)})
rows["vol"] = np.sqrt((rows.r1**2).rolling(6).sum())
rows["svr"] = minutes.signed / minutes.volume
rows["vwapd"] = np.log(mid / (minutes.amount.rolling(6).sum() / minutes.volume.rolling(6).sum()))
rows["count"] = minutes["count"]
rows["count6"] = minutes["count"].rolling(6).sum()
rows["hour"] = pd.to_datetime(rows.index + 60_000, unit="ms").hour
rows["side"] = minutes.side
x = np.log(minutes.avg.shift(-1) / mid)
rows = rows[rows.notna().all(axis=1) & (x.abs() > 1e-4)]
x = x[rows.index]
print(len(rows), "rows,", int((x > 0).sum()), "up")
for place in [0, len(rows) // 2, len(rows) - 1]:
    minute = rows.index[place]
    print(place, minute + 60_000, int(x[minute] > 0), [float(f"{value:.9g}") for value in rows.loc[minute]])
