"""Account conditions and the base rates they may lean on: the rules that interest follows."""
