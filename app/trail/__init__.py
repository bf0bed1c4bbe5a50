"""The two tabs that tell of a record: History, what people changed, and Logs, what services did."""
