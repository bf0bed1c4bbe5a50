"""The one door: run it and it sets up and serves; a server imports `app` from it."""

import gc
import sys

# Nothing that a start makes can be thrown away: nobody need look for it meanwhile.
gc.disable()
if __name__ == "__main__":
    import runpy
    from pathlib import Path

    # By their paths: the package needs what may not be installed yet, and the process that only
    # watches over the others need not load the whole house.
    APP = Path(__file__).resolve().parent / "app"
    runpy.run_path(str(APP / "bootstrap.py"))["ensure"]()

    if len(sys.argv) == 1:
        sys.exit(runpy.run_path(str(APP / "serve.py"))["main"]())
    from app.command_line import command_line

    gc.freeze()
    gc.enable()
    command_line.main(prog_name="python3 wsgi.py")
else:
    import atexit

    from app import create_app
    from app.serve import await_prepared
    from app.waking import hang_bell

    app = create_app()
    hang_bell()
    await_prepared()
    # What is there now stays: nobody need look through it again for what can be thrown away.
    gc.collect()
    gc.freeze()
    gc.enable()
    # At the end all is thrown away in order: SQLite writes its file whole when it is closed.
    atexit.register(gc.unfreeze)
