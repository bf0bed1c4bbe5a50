"""Parts of a page that are drawn once, for everybody who is shown the same."""

from __future__ import annotations

from jinja2 import DictLoader, Environment

from app.markup.kept import frozen, keeper, place


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


def test_what_differs_is_put_into_a_kept_part_and_escaped():
    drawn: list[str] = []
    environment = Environment(
        loader=DictLoader({"part": "{{ note(page.title) }}<a href='{{ page.href }}'>"}),
        autoescape=True,
    )
    environment.globals.update(note=lambda name: drawn.append(name) or name)
    kept = keeper(environment, lambda: "token")
    page = frozen({"title": "List", "href": place("href"), "choices": [{"a": [1]}]})
    for typed, shown in (("?a=1&b", "?a=1&amp;b"), ("'><i>", "&#39;&gt;&lt;i&gt;")):
        assert kept("part", {"href": typed}, page=page) == f"List<a href='{shown}'>"
    assert drawn == ["List"]


def test_mappings_are_frozen_at_any_depth_and_known_by_what_they_hold():
    one, same = (frozen({"a": [{"b": {1, 2}}], "c": "d"}) for _ in range(2))
    assert one == same
    assert hash(one) == hash(same)
    assert one["a"][0]["b"] == frozenset({1, 2})
