"""Identity checks: outside services are asked who a customer is, once the customer is approved."""
