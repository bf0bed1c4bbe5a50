"""What a configuration file carries of a project's words: labels, longer texts and letters."""

from app.localisation.commands import TEMPLATES, TEXTS, TRANSLATIONS
from app.projects.portable import carry_list

carry_list(TRANSLATIONS, key="translations", title="Translations", fields=("translation",))
carry_list(TEXTS, key="texts", title="Texts", fields=("body",))
carry_list(TEMPLATES, key="templates", title="Templates", fields=("subject", "body"))
