"""A history from files. Everything is read and checked before anything is run."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from scripts.deployment.params import Market
from scripts.replay import rows, terms
from scripts.replay.history import History, Holding, Mapped, Place, Terms, Trade
from scripts.replay.mistakes import Mistakes
from scripts.replay.numbers import Numbers
from scripts.replay.rows import Row

TABLES = ("accounts", "positions", "fills", "prices", "markets", "venue")
NEEDED = {
    "accounts": ("account", "deposit"),
    "positions": ("account", "market", "size", "entry_price", "leverage"),
    "fills": ("time", "market", "buyer", "seller", "size", "price", "buyer_leverage", "seller_leverage"),
    "prices": ("time", "market", "price"),
    "markets": ("market",),
    "venue": (),
}
ALLOWED = {
    "markets": ("market", "bucket", *terms.MARKET_COLUMNS),
    "venue": terms.VENUE_COLUMNS,
}
# Governance lists no more, and an account has no more.
MOST_MARKETS, MOST_OPEN = 64, 8
T = TypeVar("T")


def read_history(folder: Path | None, files: Mapping[str, Path]) -> History:
    """`files`: by table, instead of what the folder has of it. BadInput with all mistakes."""
    mistakes = Mistakes()
    tables: dict[str, list[Row]] = {}
    for name in TABLES:
        path = files.get(name) or (rows.find(folder, name, mistakes) if folder else None)
        tables[name] = rows.read(path, NEEDED[name], mistakes, ALLOWED.get(name)) if path else []
        if path is None and name in ("accounts", "prices"):
            mistakes.add(folder or Path(name), 0, f"there is no {name}.csv or {name}.json")
        elif path is not None and not tables[name] and not mistakes.problems:
            mistakes.add(path, 0, "there is nothing in it")
    if not tables["positions"] and not tables["fills"] and not mistakes.problems:
        mistakes.add(folder or Path("fills"), 0, "there is no fills or positions: nothing to replay")
    history = _Reader(tables, mistakes).history()
    mistakes.check()
    return history


class _Reader:
    def __init__(self, tables: Mapping[str, list[Row]], mistakes: Mistakes) -> None:
        self._tables = tables
        self._mistakes = mistakes
        self._mapped = Mapped()
        venue = tables["venue"]
        self._venue = venue[0].fields if venue else {}
        side = self._venue.get("leverage", "") or "above"
        self._numbers = Numbers(self._mapped, above=side == "above")
        if side not in ("above", "below"):
            mistakes.add(venue[0].path, venue[0].line, f"leverage: {side!r} is neither above nor below")
        for row in venue[1:]:
            mistakes.add(row.path, row.line, "there is one venue")

    def history(self) -> History:
        """Of no use if there were mistakes."""
        deposits = self._deposits()
        prices = self._prices()
        markets, buckets = self._markets(prices)
        holdings = self._each("positions", lambda row: self._holding(row, deposits, markets))
        self._check_holdings(holdings)
        first = {name: min(time for time in prices if name in prices[time]) for name in markets}
        trades = self._each("fills", lambda row: self._trade(row, deposits, markets, first))
        return History(
            deposits=deposits,
            markets=markets,
            buckets=buckets,
            terms=self._terms(sum(deposits.values())),
            holdings=tuple(holdings),
            trades=tuple(sorted(trades, key=lambda trade: trade.time)),
            prices={time: dict(sorted(prices[time].items())) for time in sorted(prices)},
            mapped=self._mapped,
        )

    # -- tables

    def _deposits(self) -> dict[str, int]:
        deposits: dict[str, int] = {}
        for row in self._tables["accounts"]:
            name = row.fields["account"]
            if name in deposits:
                self._mistakes.add(row.path, row.line, f"account {name} is there twice")
            deposits[name] = self._value(row, "deposit", self._numbers.money) or 0
        return deposits

    def _prices(self) -> dict[int, dict[str, int]]:
        prices: dict[int, dict[str, int]] = {}
        for row in self._tables["prices"]:
            time = self._value(row, "time", self._numbers.time)
            price = self._value(row, "price", self._numbers.price)
            if time is not None and price is not None:
                of_time = prices.setdefault(time, {})
                self._mapped.replaced += row.fields["market"] in of_time
                of_time[row.fields["market"]] = price
        return prices

    def _markets(self, prices: Mapping[int, Mapping[str, int]]) -> tuple[dict[str, Market], dict[str, int]]:
        """Those that have a price; first as the table of markets names them, then by name."""
        priced = sorted({name for of_time in prices.values() for name in of_time})
        markets: dict[str, Market] = {}
        buckets: dict[str, int] = {}
        for row in self._tables["markets"]:
            name = row.fields["market"]
            if name in markets:
                self._mistakes.add(row.path, row.line, f"market {name} is there twice")
            elif name not in priced:
                self._mistakes.add(row.path, row.line, f"market {name} has no price")
            else:
                markets[name] = terms.market(name, row, self._mistakes)
                if row.fields.get("bucket"):
                    buckets[name] = self._value(row, "bucket", self._numbers.money) or 0
        markets |= {name: terms.market(name, None, self._mistakes) for name in priced if name not in markets}
        if len(priced) > MOST_MARKETS:
            path = self._tables["prices"][0].path
            self._mistakes.add(path, 0, f"{len(priced)} markets: the contracts list {MOST_MARKETS}")
        return markets, buckets

    def _holding(
        self, row: Row, deposits: Mapping[str, int], markets: Mapping[str, Market]
    ) -> Holding | None:
        known = self._known(row, ("account",), deposits) and self._known(row, ("market",), markets)
        size = self._value(row, "size", self._numbers.size)
        entry = self._value(row, "entry_price", self._numbers.price)
        leverage = self._leverage(row, "leverage", markets)
        if not known or size is None or entry is None or leverage is None:
            return None
        fields = row.fields
        return Holding(_place(row), fields["account"], fields["market"], size, entry, leverage)

    def _trade(
        self,
        row: Row,
        deposits: Mapping[str, int],
        markets: Mapping[str, Market],
        first: Mapping[str, int],
    ) -> Trade | None:
        """`first`: when each market has a price; a fill before that cannot be judged."""
        known = self._known(row, ("buyer", "seller"), deposits) and self._known(row, ("market",), markets)
        time = self._value(row, "time", self._numbers.time)
        size = self._value(row, "size", self._numbers.size)
        price = self._value(row, "price", self._numbers.price)
        bought = self._leverage(row, "buyer_leverage", markets)
        sold = self._leverage(row, "seller_leverage", markets)
        if size is not None and size < 0:
            self._mistakes.add(row.path, row.line, f"size: {row.fields['size']} is negative: swap the sides")
        fields = row.fields
        if time is not None and time < first.get(fields["market"], 0):
            text = f"time: {fields['time']} is before the first price of {fields['market']}"
            self._mistakes.add(row.path, row.line, text)
        if not known or time is None or size is None or price is None or bought is None or sold is None:
            return None
        sides = fields["buyer"], fields["seller"]
        return Trade(_place(row), time, fields["market"], *sides, size, price, bought, sold)

    def _terms(self, deposits: int) -> Terms:
        def money(name: str, default: int) -> int:
            if not self._venue.get(name):
                return default
            found = self._value(self._tables["venue"][0], name, self._numbers.money)
            return default if found is None else found

        insurance = money("insurance", 0)
        return Terms(insurance, money("global_bucket", insurance), money("keeper_deposit", deposits))

    # -- more than one row

    def _check_holdings(self, holdings: list[Holding]) -> None:
        seen: set[tuple[str, str]] = set()
        count: dict[str, int] = {}
        path = self._tables["positions"][0].path if holdings else Path()
        for holding in holdings:
            key = (holding.account, holding.market)
            if key in seen:
                text = f"account {holding.account} has a position in {holding.market} already"
                self._mistakes.add(path, holding.place.line, text)
            seen.add(key)
            count[holding.account] = count.get(holding.account, 0) + 1
            if count[holding.account] == MOST_OPEN + 1:
                text = f"account {holding.account} has more than {MOST_OPEN} positions"
                self._mistakes.add(path, holding.place.line, text)

    # -- one field

    def _each(self, table: str, make: Callable[[Row], T | None]) -> list[T]:
        return [made for row in self._tables[table] if (made := make(row)) is not None]

    def _value(self, row: Row, name: str, make: Callable[[str], int]) -> int | None:
        try:
            return make(row.fields[name])
        except ValueError as error:
            self._mistakes.add(row.path, row.line, f"{name}: {error}")
            return None

    def _leverage(self, row: Row, name: str, markets: Mapping[str, Market]) -> int | None:
        market = markets.get(row.fields["market"])
        most = market.max_leverage if market else 100
        return self._value(row, name, lambda text: self._numbers.leverage(text, most))

    def _known(self, row: Row, names: tuple[str, ...], known: Mapping[str, object]) -> bool:
        """Not asked where nothing is known: what is wrong there was said."""
        strangers = [name for name in names if known and row.fields[name] not in known]
        for name in strangers:
            where = "prices" if name == "market" else "accounts"
            self._mistakes.add(row.path, row.line, f"{name}: {row.fields[name]} is not among the {where}")
        return not strangers


def _place(row: Row) -> Place:
    return Place(row.path.name, row.line)
