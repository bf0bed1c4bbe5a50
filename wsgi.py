"""The one door: run it and it sets up and serves; a server imports `app` from it."""

import sys

if __name__ == "__main__":
    import runpy
    from pathlib import Path

    # By its path: importing the package would need what is not installed yet.
    bootstrap = runpy.run_path(str(Path(__file__).resolve().parent / "app" / "bootstrap.py"))
    bootstrap["ensure"]()

    if len(sys.argv) == 1:
        from app.serve import main

        sys.exit(main())
    from app.command_line import command_line

    command_line.main(prog_name="python3 wsgi.py")
else:
    from app import create_app

    app = create_app()
