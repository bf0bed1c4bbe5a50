"""Plain records: pages with a Danger Zone, lists with a status, codes with a description."""
