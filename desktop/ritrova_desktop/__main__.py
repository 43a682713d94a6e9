"""`python -m ritrova_desktop`, for those who work on it."""

from ritrova_desktop.app import run

if __name__ == "__main__":
    run()
