"""Small histories, written as a researcher would write them."""

from collections.abc import Mapping
from pathlib import Path

EXAMPLE = Path(__file__).resolve().parents[2] / "scripts" / "replay" / "example"
GOOD = {
    "accounts.csv": "account,deposit\nana,1000\nben,1000\n",
    "prices.csv": "time,market,price\n1700000000,ETH,4000\n1700000060,ETH,3900.5\n",
    "fills.csv": "time,market,buyer,seller,size,price,buyer_leverage,seller_leverage\n"
    "1700000000,ETH,ana,ben,1.5,4000,20,10\n",
}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """By name; an empty text is no file."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        if text:
            (folder / name).write_text(text, encoding="utf-8")
    return folder
