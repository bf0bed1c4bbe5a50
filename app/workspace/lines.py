"""A line of the sidebar and the lists behind it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tab:
    """One of several lists behind a line of the sidebar."""

    label: str
    href: str
    permission: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the sidebar: shown to those who hold the permission.

    A line of several lists has a tab for each, which their pages show on top; it leads to the
    first that may be seen. `words` are others that people look for it by.
    """

    label: str
    href: str
    icon: str
    permission: str
    tabs: tuple[Tab, ...] = ()
    words: str = ""

    @property
    def places(self) -> tuple[Tab, ...]:
        """The lists behind the line: its tabs, else the one it leads to."""
        return self.tabs or (Tab(self.label, self.href, self.permission),)

    @property
    def badge_href(self) -> str:
        """What counts the work behind the line, where it has a badge."""
        return f"{self.href}/count" if self.href == "/admin/approvals" else ""


@dataclass(frozen=True, slots=True, eq=False)
class Menu:
    """The sidebar's sections for a set of permissions; known by itself, so that it is kept."""

    sections: tuple[tuple[str, tuple[Entry, ...]], ...]

    @property
    def lines(self) -> tuple[tuple[str, Entry], ...]:
        """All lines in order, each with the name of its section."""
        return tuple((label, one) for label, entries in self.sections for one in entries)

    def lists_named(self, text: str) -> list[dict[str, str]]:
        """Return the lists behind lines, and the lines by other words, that hold a text.

        What a line is called by itself, or its section, the page finds without asking.
        """
        wanted = text.strip().lower()
        return [
            {"text": one.label, "detail": line.label, "href": one.href, "icon": line.icon}
            for section, line in self.lines
            for one in line.places
            if wanted not in f"{section} {line.label}".lower()
            and (wanted in one.label.lower() or wanted in line.words)
        ]


def group(
    label: str, icon: str, *tabs: tuple[str, ...], permission: str = "reference-data.view"
) -> Entry:
    """Return the line of several lists; a tab may name a permission of its own."""
    made = tuple(Tab(name, href, *(own or (permission,))) for name, href, *own in tabs)
    return Entry(label, made[0].href, icon, permission, made)
