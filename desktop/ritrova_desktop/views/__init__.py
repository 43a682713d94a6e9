"""What is seen. `context` says what every view is given, `page` what a page of the window is, `pages` names them all.

To plug a page in: subclass `Page`, then put its class in your one line of `pages.py`.
"""
