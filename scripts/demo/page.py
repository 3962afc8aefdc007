"""The report as one HTML file: no script, nothing from elsewhere, so that it can be mailed and printed."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from keeper.cli.render.words import age
from scripts.demo import charts, charts_traders, facts, words
from scripts.demo.story import Story
from scripts.sandbox.invariants import STATEMENTS

PAGE = "report.html"
TEMPLATE = "page.html.j2"
# Rounds and lies that are not folded away, entries shown of a list, traders named on either side.
LIMITS = {"rounds": 5, "lies": 3, "entries": 12, "traders": 5}


def write(story: Story, folder: Path) -> Path:
    """`report.html` in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PAGE
    path.write_text(page(story), encoding="utf-8")
    return path


def page(story: Story) -> str:
    """Well-formed as XML too."""
    drawn = [*charts.charts(story), *charts_traders.charts(story)]
    gains = sorted(story.traders, key=lambda each: each.worth_before - each.worth_after)
    won, lost = facts.winners(story), facts.losers(story)
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            story=story,
            failures=facts.failures(story),
            falls=facts.falls(story),
            charts={each.name: each for each in drawn},
            rounds=sorted(story.rounds, key=lambda each: (-each.haircut, each.block, each.account_id)),
            largest=facts.largest_share(facts.hits(story)),
            won=[each for each in gains if each in won],
            lost=[each for each in reversed(gains) if each in lost],
            statements=STATEMENTS,
            limits=LIMITS,
        )
    )


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "age": age,
        "clock": words.clock,
        "count": words.count,
        "moment": words.moment,
        "money": words.money,
        "percent": words.percent,
        "price": words.price,
        "roe": words.roe,
        "size": words.size,
    }
    made.globals |= {"market_name": facts.market_name, "profit_closed": facts.profit_closed}
    return made
