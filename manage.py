#!/usr/bin/env python
"""Django's command line: `.venv/bin/python manage.py help` lists the commands."""

import os
import sys

import tempsms  # noqa: F401  (first: it settles the name `numbers`)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tempsms.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
