"""Mail: letters are written with the change that causes them and posted by the worker."""
