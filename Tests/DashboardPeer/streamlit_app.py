"""What a user would put before the same store instead of the dashboard: its Overview and its History in Streamlit, for `bench dashboard`.

As Streamlit's documentation advises: what is read is kept by st.cache_data, what is live is a fragment that runs again by itself.
Run: streamlit run streamlit_app.py -- crypto.db; the address chooses: ?view=overview, or ?view=history&series=S&from=MS&to=MS&table=windows.
"""
import sqlite3, sys, time

import pandas as pd
import streamlit as st

DAY, MINUTE = 86_400_000, 60_000


@st.cache_resource
def store():
    return sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, check_same_thread=False)


def read(sql, *values):
    return pd.read_sql_query(sql, store(), params=values)


@st.cache_data(max_entries=10)
def minutes(source, symbol, start, end):
    return read(
        "SELECT window_start AS time, open, high, low, close, volume, count, incomplete, buy_volume, sell_volume, amount FROM windows "
        "WHERE source = ? AND symbol = ? AND type = 'tumbling' AND final = 1 AND window_start >= ? AND window_start < ? "
        "ORDER BY window_start", source, symbol, start, end)


@st.cache_data(max_entries=10)
def ticks(source, symbol, start, end):
    # By the index of series that the dashboard finds ticks by.
    return read(
        "SELECT i.event_time AS time, t.price, t.quantity, t.side FROM tick_times AS i CROSS JOIN ticks AS t "
        "ON t.event_time = i.event_time AND t.source = i.source AND t.symbol = i.symbol "
        "WHERE i.source = ? AND i.symbol = ? AND i.event_time >= ? AND i.event_time < ? ORDER BY i.event_time",
        source, symbol, start, end)


def history():
    series, start, end = st.query_params["series"], int(st.query_params["from"]), int(st.query_params["to"])
    source, symbol = series.split(":")
    is_ticks = st.query_params.get("table") == "ticks"
    rows = (ticks if is_ticks else minutes)(source, symbol, start, end)
    rows = rows.assign(time=pd.to_datetime(rows["time"], unit="ms"))
    st.line_chart(rows, x="time", y="price" if is_ticks else "close")


@st.cache_data(ttl=MINUTE // 1000)
def day(minute):
    rows = read(
        "SELECT source, symbol, window_start, open, high, low, close, amount FROM windows "
        "WHERE type = 'tumbling' AND final = 1 AND window_start >= ? ORDER BY window_start", minute - DAY)
    by_series = rows.groupby(["source", "symbol"])
    figures = by_series.agg(first=("open", "first"), high=("high", "max"), low=("low", "min"), turnover=("amount", "sum"))
    figures["hour"] = by_series["close"].apply(lambda closes: list(closes.tail(60)))
    return figures


@st.cache_data(ttl=5)
def newest_of_minutes(minute):
    trends = read(
        "SELECT source, symbol, max(as_of) AS as_of, direction FROM trends WHERE as_of >= ? GROUP BY source, symbol", minute - 5 * MINUTE)
    indicators = read(
        "SELECT source, symbol, max(as_of) AS as_of, rsi_14 FROM indicators WHERE as_of >= ? GROUP BY source, symbol", minute - 5 * MINUTE)
    return trends.merge(indicators, on=["source", "symbol"], how="outer")[["source", "symbol", "direction", "rsi_14"]]


@st.fragment(run_every=1)
def overview():
    now = int(time.time() * 1000)
    newest = read(
        "SELECT source, symbol, price, max(event_time) AS time FROM ticks WHERE event_time >= ? AND kind = 'trade' "
        "GROUP BY source, symbol", now - 30_000)
    rate = read("SELECT count(*) AS count FROM ticks WHERE event_time >= ?", now - 10_000)["count"][0] / 10
    minute = now // MINUTE * MINUTE
    rows = newest.merge(day(minute), on=["source", "symbol"], how="left")
    rows = rows.merge(newest_of_minutes(minute), on=["source", "symbol"], how="left")
    rows["change"] = (rows["price"] / rows["first"] - 1) * 100
    rows["age"] = (now - rows["time"]) / 1000
    for column, name, value in zip(
            st.columns(4), ("Series", "Ticks/s", "Newest", "Up"),
            (len(rows), f"{rate:.1f}", f"{rows['age'].min():.1f} s", int((rows["change"] > 0).sum()))):
        column.metric(name, value)
    st.dataframe(
        rows[["source", "symbol", "price", "change", "turnover", "high", "low", "hour", "direction", "rsi_14", "age"]],
        hide_index=True, height=760,
        column_config={
            "change": st.column_config.NumberColumn("24 h", format="%.2f %%"),
            "hour": st.column_config.LineChartColumn("Last hour"),
            "age": st.column_config.NumberColumn("Age", format="%.1f s")})


st.set_page_config(layout="wide")
if st.query_params.get("view") == "history":
    history()
else:
    overview()
