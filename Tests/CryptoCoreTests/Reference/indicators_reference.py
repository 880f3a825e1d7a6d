#!/usr/bin/env python3
"""The indicators as the libraries for technical analysis compute them, which ours are compared with.

    indicators_reference.py < BARS

BARS is a JSON object of four arrays: close, high, low, volume. The output is a JSON object: library -> indicator -> one number or
null for each bar. `numpy` has the z-scores, which no library has.
"""

import json
import math
import sys

import numpy as np
import pandas as pd
import pandas_ta_classic
import talib
import talipp.indicators
from talipp.ohlcv import OHLCV


def with_talib(close, high, low):
    macd, signal, histogram = talib.MACD(close, 12, 26, 9)
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    return {
        "sma_20": talib.SMA(close, 20),
        "ema_12": talib.EMA(close, 12),
        "ema_26": talib.EMA(close, 26),
        "rsi_14": talib.RSI(close, 14),
        "macd": macd,
        "macd_signal": signal,
        "macd_histogram": histogram,
        "bollinger_upper": upper,
        "bollinger_middle": middle,
        "bollinger_lower": lower,
        "atr_14": talib.ATR(high, low, close, 14),
    }


def with_pandas_ta(close, high, low):
    close, high, low = (pd.Series(values) for values in (close, high, low))
    # Its own code: with TA-Lib beside it, it would call that.
    own = {"talib": False}
    macd = pandas_ta_classic.macd(close, 12, 26, 9, **own)
    bands = pandas_ta_classic.bbands(close, length=20, std=2, ddof=0, **own)
    return {
        "sma_20": pandas_ta_classic.sma(close, 20, **own),
        "ema_12": pandas_ta_classic.ema(close, 12, **own),
        "ema_26": pandas_ta_classic.ema(close, 26, **own),
        "rsi_14": pandas_ta_classic.rsi(close, 14, **own),
        "macd": macd.filter(like="MACD_").iloc[:, 0],
        "macd_signal": macd.filter(like="MACDs_").iloc[:, 0],
        "macd_histogram": macd.filter(like="MACDh_").iloc[:, 0],
        "bollinger_upper": bands.filter(like="BBU_").iloc[:, 0],
        "bollinger_middle": bands.filter(like="BBM_").iloc[:, 0],
        "bollinger_lower": bands.filter(like="BBL_").iloc[:, 0],
        "atr_14": pandas_ta_classic.atr(high, low, close, 14, **own),
    }


def with_talipp(close):
    close = [float(price) for price in close]
    macd = list(talipp.indicators.MACD(12, 26, 9, close))
    bands = list(talipp.indicators.BB(20, 2, close))

    def part(values, name):
        return [None if value is None else getattr(value, name) for value in values]

    return {
        "sma_20": list(talipp.indicators.SMA(20, close)),
        "ema_12": list(talipp.indicators.EMA(12, close)),
        "ema_26": list(talipp.indicators.EMA(26, close)),
        "rsi_14": list(talipp.indicators.RSI(14, close)),
        "macd": part(macd, "macd"),
        "macd_signal": part(macd, "signal"),
        "macd_histogram": part(macd, "histogram"),
        "bollinger_upper": part(bands, "ub"),
        "bollinger_middle": part(bands, "cb"),
        "bollinger_lower": part(bands, "lb"),
    }


def robust_scores(values):
    """(x - median) / (1.4826 MAD) of each over up to 60 before it, from the twentieth on."""
    scores = []
    for index, value in enumerate(values):
        before = np.array([past for past in values[max(0, index - 60) : index] if not math.isnan(past)])
        if len(before) < 20 or math.isnan(value):
            scores.append(None)
            continue
        median = np.median(before)
        spread = np.median(np.abs(before - median))
        scores.append(None if spread == 0 else (value - median) / (1.4826 * spread))
    return scores


def with_numpy(close, volume):
    returns = np.concatenate([[math.nan], np.log(close[1:] / close[:-1])])
    return {"volume_z": robust_scores(volume), "return_z": robust_scores(returns)}


def plain(values):
    return [None if value is None or math.isnan(value) else float(value) for value in values]


def main():
    bars = {name: np.array(values, dtype=float) for name, values in json.load(sys.stdin).items()}
    close, high, low = bars["close"], bars["high"], bars["low"]
    answers = {
        "TA-Lib": with_talib(close, high, low),
        "pandas-ta-classic": with_pandas_ta(close, high, low),
        "talipp": with_talipp(close),
        "numpy": with_numpy(close, bars["volume"]),
    }
    json.dump({library: {name: plain(v) for name, v in values.items()} for library, values in answers.items()}, sys.stdout)


main()
