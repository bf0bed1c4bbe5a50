"""Licences, and the provisioning of an organisation with everything it starts with."""
