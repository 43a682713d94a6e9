"""`ritrova` in the frozen application."""

from multiprocessing import freeze_support

if __name__ == "__main__":
    freeze_support()  # decoders, and Python's own helper processes, are this executable too: they end in here

    from ritrova.cli.main import run

    run()
