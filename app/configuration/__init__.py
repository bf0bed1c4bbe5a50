"""An organisation's configuration as one file: written, read, compared, taken over whole."""
