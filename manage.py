#!/usr/bin/env python
"""Django's command line: `.venv/bin/python manage.py help` lists the commands."""

import sys

import tempsms  # noqa: F401  (first: it settles the name `numbers`)
from tempsms.command_line import main

if __name__ == "__main__":
    main(sys.argv)
