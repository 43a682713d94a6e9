"""`ritrova-desktop` in the frozen application."""

from ritrova_desktop.app import run

if __name__ == "__main__":
    run()
