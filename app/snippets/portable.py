"""What a configuration file carries of snippets."""

from app.projects.portable import carry_list
from app.snippets.commands import SNIPPETS

carry_list(SNIPPETS, key="snippets", title="Snippets", fields=("body",))
