"""A story as a board of lines for a terminal of 80 columns and 24 rows or more."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from scripts.demo.facts import change, market_name
from scripts.demo.said import action, lie, round_made
from scripts.demo.story import Sample, Story
from scripts.demo.words import clock, moment, money, price, roe, size

BARS = "▁▂▃▄▅▆▇█"
# Columns of a market's row beside the line of its price.
MARKET_COLUMNS = 57
ACTIONS, ROUNDS = 12, 6


def board(story: Story, width: int, height: int) -> list[Text]:
    """At most `height` lines of at most `width` columns; what the keeper did takes what is left."""
    lines = [*_head(story, width), Text(), *_markets(story, width), Text(), *_state(story, width)]
    end = _lie(story)
    spare = height - len(lines) - len(end) - 2
    if spare > ACTIONS + 2:
        rounds = _rounds(story, min(ROUNDS, spare - ACTIONS - 2))
        lines += [Text(), *rounds]
        spare -= len(rounds) + 1
    lines += [Text(), *_actions(story, min(max(spare, 1), ACTIONS)), *end]
    for line in lines:
        line.truncate(width, overflow="ellipsis")
    return lines[:height]


def bar(part: int, of: int, width: int, style: str) -> Text:
    lit = min(max(part * width // of, 0), width) if of > 0 else 0
    return Text.assemble(("━" * lit, style), ("━" * (width - lit), "bright_black"))


def sparkline(values: Sequence[int], width: int) -> str:
    """The last value of each of `width` equal stretches, between the lowest and the highest of all."""
    if not values:
        return ""
    columns = min(width, len(values))
    ends = [values[(number + 1) * len(values) // columns - 1] for number in range(columns)]
    low, high = min(values), max(values)
    return "".join(BARS[(each - low) * (len(BARS) - 1) // (high - low) if high > low else 0] for each in ends)


def _head(story: Story, width: int) -> Iterator[Text]:
    when = ""
    if story.samples:
        when = f"block {story.samples[-1].block:,}  {moment(story.samples[-1].time)}"
    line = Text.assemble(("Plimsoll", "bold"), f"  {story.scenario.name}", overflow="ellipsis", no_wrap=True)
    line.truncate(width - len(when) - 1, overflow="ellipsis", pad=True)
    yield line.append(f" {when}", "dim")
    done = f"  {story.done:,} of {story.total:,}" if story.total > 1 else ""
    phase = f"{story.phase}  "
    yield Text.assemble(
        (phase, "cyan"),
        bar(story.done, story.total, max(width - len(phase) - len(done), 5), "cyan"),
        done,
    )


def _markets(story: Story, width: int) -> Iterator[Text]:
    wide = max(width - MARKET_COLUMNS, 8)
    yield Text(
        f"{'market':<8}{'price':>12}{'change':>11}  {'since the start':<{wide}}{'open interest':>15}", "dim"
    )
    last = story.samples[-1] if story.samples else None
    for market in story.markets:
        found = last is not None and market.market_id in last.prices
        yield (
            _market(story, last, market.market_id, wide)
            if last and found
            else Text(f"{market.name:<8}{'no price yet':>12}", "dim")
        )


def _market(story: Story, last: Sample, market_id: int, wide: int) -> Text:
    way = [each.prices[market_id] for each in story.samples if market_id in each.prices]
    moved = change(way[0], way[-1])
    colour = "red" if moved < 0 else "green"
    valid = market_id in last.priced
    return Text.assemble(
        f"{market_name(story, market_id)[:7]:<8}",
        (f"{price(way[-1]):>12}", "" if valid else "yellow"),
        (f"{roe(moved):>11}  ", colour),
        (f"{sparkline(way, wide):<{wide}}", colour),
        f"{size(last.open_interest.get(market_id, 0)):>15}",
        ("" if valid else " unpriced", "yellow"),
    )


def _state(story: Story, width: int) -> Iterator[Text]:
    last = story.samples[-1] if story.samples else None
    left = last.insurance if last else story.insurance_before
    of = max(story.insurance_before, left)
    text = f"  {money(left)} of {money(story.insurance_before)} left"
    yield Text.assemble(("insurance  ", "dim"), bar(left, of, max(width - 11 - len(text), 8), "green"), text)
    today = f", may pay {money(last.capacity)} more now" if last else ""
    yield Text.assemble(" " * 11, f"paid {money(story.insurance_paid)}{today}")
    thin, bankrupt = (last.thin, last.bankrupt) if last else (0, 0)
    style = "red" if bankrupt else "yellow" if thin else "green"
    yield Text.assemble(
        ("accounts   ", "dim"),
        (f"{thin:,} below maintenance now" + (f", {bankrupt:,} of them bankrupt" if bankrupt else ""), style),
    )
    yield Text()
    yield _counters(
        ("liquidations", f"{len(story.liquidations):,}"),
        ("deleveraging rounds", f"{len(story.rounds):,}"),
        ("false lists refused", f"{len(story.refusals):,}"),
    )
    yield _counters(
        ("bankrupt accounts", f"{len(story.bankruptcies):,}"),
        ("winners closed", f"{story.counterparties:,}"),
        ("haircut", money(story.haircut)),
    )


def _counters(*counters: tuple[str, str]) -> Text:
    cells = [
        Text.assemble((name, "dim"), (f"{value:>{wide - len(name)}}", "bold"))
        for (name, value), wide in zip(counters, (22, 25, 29), strict=True)
    ]
    return Text("  ").join(cells)


def _actions(story: Story, most: int) -> Iterator[Text]:
    yield Text("The keeper, last first" if story.actions else "The keeper has not acted yet", "dim")
    for each in reversed(story.actions[-most:]):
        done = Text(f"{clock(each.time)}  block {each.block:<7,}{action(story, each)}")
        yield done if each.succeeded else done.append(" (reverted)", "red")
    for _ in range(most - len(story.actions)):
        yield Text()


def _rounds(story: Story, most: int) -> list[Text]:
    head = "Rounds of deleveraging, last first" if story.rounds else "No round of deleveraging yet"
    lines = [Text(head, "dim")]
    lines += [
        Text(f"{clock(each.time)}  {round_made(story, each)}") for each in reversed(story.rounds[-most:])
    ]
    return lines + [Text()] * (most + 1 - len(lines))


def _lie(story: Story) -> list[Text]:
    if not story.refusals:
        return [Text(), Text()]
    told, given = lie(story.refusals[-1])
    return [Text(told, "magenta"), Text(given, "dim")]
