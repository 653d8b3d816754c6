"""The command as `python -m telassure`: how an installation starts processes of its own."""

from telassure.app.cli.main import app

if __name__ == "__main__":
    app()
