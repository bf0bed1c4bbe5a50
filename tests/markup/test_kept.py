"""Parts of a page that are drawn once, for everybody who is shown the same."""

from __future__ import annotations

from jinja2 import DictLoader, Environment

from app.markup.kept import keeper


def test_a_kept_part_carries_the_token_of_who_asks_and_escapes_what_it_shows():
    drawn: list[str] = []
    now = ["first-token"]
    environment = Environment(
        loader=DictLoader({"part": "<i>{{ note(name) }}</i><input value='{{ token() }}'>"}),
        autoescape=True,
    )
    environment.globals.update(note=lambda name: drawn.append(name) or name, token=lambda: now[0])
    kept = keeper(environment, lambda: now[0])
    assert kept("part", name="<b>") == "<i>&lt;b&gt;</i><input value='first-token'>"
    now[0] = "second-token"
    assert kept("part", name="<b>") == "<i>&lt;b&gt;</i><input value='second-token'>"
    assert drawn == ["<b>"]
    assert kept("part", name="other") == "<i>other</i><input value='second-token'>"
