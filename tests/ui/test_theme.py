"""Everything that is read stands out from what is behind it, and colours alone tell nothing."""

import re
from pathlib import Path

import pytest

import dashboards
from dashboards.shell import theme
from telassure.kernel.events.shares import CHANNELS

READ = {
    **{name: theme.TOKENS[name] for name in ("text", "soft", "muted", "accent", "good", "bad", "caution")},
    **{look.word: look.colour for look in theme.SEVERITIES.values()},
}
ASSETS = Path(dashboards.__file__).parent / "assets"


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("surface", theme.SURFACES)
def test_text_has_the_contrast_of_wcag_aa(name: str, surface: str) -> None:
    assert theme.contrast(READ[name], surface) >= 4.5


def test_a_low_contrast_would_be_found() -> None:
    assert theme.contrast("#767676", "#ffffff") == 4.54
    assert theme.contrast("#333333", theme.GROUND) < 4.5


def test_every_severity_has_its_own_shape_word_and_colour() -> None:
    looks = theme.SEVERITIES.values()
    assert len({x.shape for x in looks}) == len({x.word for x in looks}) == len({x.colour for x in looks}) == 6


def test_every_channel_of_a_score_has_its_own_colour_and_says_what_it_reads() -> None:
    assert tuple(theme.CHANNELS) == CHANNELS
    colours = [colour for colour, _ in theme.CHANNELS.values()]
    assert len(set(colours)) == len(colours)
    assert all(theme.contrast(colour, theme.PANEL) >= 3 for colour in colours)


def test_the_style_sheet_has_every_shape_and_no_colour_of_its_own() -> None:
    sheet = (ASSETS / "page.css").read_text()
    assert all(f".{look.shape} {{" in sheet for look in theme.SEVERITIES.values())
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", sheet)) <= {"#000"}


def test_no_asset_names_another_host() -> None:
    names = {"http://www.w3.org/2000/svg"}  # an XML namespace, never fetched
    found = {url for file in ASSETS.iterdir() for url in re.findall(r"https?://[^\"' ]+", file.read_text())}
    assert found <= names
